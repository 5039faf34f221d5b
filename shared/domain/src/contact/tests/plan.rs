//! Digits are judged as `phonenumber` judges them.

use std::{collections::BTreeSet, sync::LazyLock};

use phonenumber::metadata::{DATABASE, Metadata};
use proptest::prelude::*;

use super::super::{
    Country, Phone,
    phone::{parse_international, parse_national},
};

/// Enough for the patterns of one calling code: in a smaller cache each number has its own compiled again.
const PATTERNS: usize = 800;

/// Every plan, also of what belongs to no country, with its own examples of each kind of number.
static EXAMPLES: LazyLock<Vec<(&Metadata, Vec<&str>)>> = LazyLock::new(|| {
    DATABASE.cache().lock().unwrap().set_capacity(PATTERNS);
    let plans = (1..1000).flat_map(|code| DATABASE.by_code(&code).unwrap_or_default());
    plans.map(|plan| (plan, examples(plan))).filter(|(_, examples)| !examples.is_empty()).collect()
});

fn examples(plan: &'static Metadata) -> Vec<&'static str> {
    let all = plan.descriptors();
    let kinds = [
        all.fixed_line(),
        all.mobile(),
        all.toll_free(),
        all.premium_rate(),
        all.shared_cost(),
        all.personal_number(),
        all.voip(),
        all.pager(),
        all.uan(),
        all.voicemail(),
        all.carrier(),
        all.no_international(),
    ];
    kinds.into_iter().flatten().filter_map(|kind| kind.example()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What people, and spreadsheets, put before a national number: among it carriers, and prefixes that lead abroad.
fn prefixes(plan: &Metadata) -> Vec<String> {
    let (own, code) = (plan.national_prefix().unwrap_or_default(), plan.country_code());
    let known = ["", "0", "1", "8", "15", "9", "90", "015", "01531", "19", "18", "10", "0044", "810", "011", "119"];
    let own = [own.to_owned(), format!("{own}{own}"), code.to_string(), format!("{code}{own}"), format!("011{code}")];
    known.map(str::to_owned).into_iter().chain(own).collect()
}

/// Whether both say the same of digits that are dialled in the country, and of digits behind a `+`.
fn assert_told(digits: &str, country: Option<Country>) {
    assert_eq!(Phone::international(digits), parse_international(digits).ok(), "+{digits}");
    // After two zeros they are never asked about as dialled.
    for country in country.into_iter().filter(|_| !digits.starts_with("00")) {
        assert_eq!(Phone::dialled(digits, country), parse_national(digits, country).ok(), "{digits} in {country}");
    }
}

#[test]
fn each_plans_own_examples_are_judged_as_its_rules_judge_them() {
    for (plan, examples) in &*EXAMPLES {
        let country = plan.id().parse().ok();
        for national in examples {
            for prefix in prefixes(plan) {
                assert_told(&format!("{prefix}{national}"), country);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn digits_that_are_nearly_a_number_are_judged_as_the_rules_judge_them(
        plan in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        pick in any::<prop::sample::Index>(),
        prefix in any::<prop::sample::Index>(),
        changed in prop::collection::vec((any::<prop::sample::Index>(), "[0-9]{0,2}"), 0..4),
    ) {
        let (plan, examples) = plan.get(&EXAMPLES);
        let mut national = (*pick.get(examples)).to_owned();
        for (at, digits) in changed {
            let at = at.index(national.len() + 1);
            national.replace_range(at..national.len().min(at + 1), &digits);
        }
        let digits = format!("{}{national}", prefix.get(&prefixes(plan)));
        assert_told(&digits, plan.id().parse().ok());
        assert_told(&digits, other.get(&EXAMPLES).0.id().parse().ok());
    }

    #[test]
    fn any_digits_are_judged_as_the_rules_judge_them(digits in "[0-9]{1,19}", plan in any::<prop::sample::Index>()) {
        assert_told(&digits, plan.get(&EXAMPLES).0.id().parse().ok());
    }
}
