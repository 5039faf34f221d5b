//! Numbering plans with their patterns at hand.
//!
//! What they say of digits is what `phonenumber` says. It keeps a hundred compiled patterns for all plans together, behind a lock: with
//! the phones of a few countries it compiles most of them again for each number, which takes milliseconds.

mod layout;
mod pattern;

use std::{ops::RangeInclusive, sync::OnceLock};

use phonenumber::metadata::{DATABASE, Descriptor, Metadata};

use self::{layout::Layout, pattern::Pattern};
use super::Country;

/// All calling codes are below this.
const CODES: usize = 1000;
/// Digits that the parser takes for a national number.
const NATIONAL_DIGITS: RangeInclusive<usize> = 2..=17;
/// The parser has room for values below this.
const MAX_VALUE: u64 = 1 << 56;

/// Only `phonenumber` itself can tell: the plan rewrites such numbers, or writes them with the carrier that they are dialled through.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Untold;

/// The number in E.164 whose digits these are, behind the `+`. None where it is not in use, or would be read as another.
pub(super) fn international(digits: &str) -> Result<Option<String>, Untold> {
    let Some((code, national)) = split(digits) else { return Ok(None) };
    if !is_in_use(code, national) {
        return Ok(None);
    }
    let is_meant = match region(code, national.trim_start_matches('0')) {
        // The parser also drops what it takes for a trunk prefix; only the number as written is meant.
        Some((plan, _)) => plan.without_trunk(national)?.national == national,
        None => true,
    };
    Ok(is_meant.then(|| ["+", digits].concat()))
}

/// The number in E.164 that is reached by dialling these digits within the country, and that is written like this.
pub(super) fn dialled(digits: &str, country: Country) -> Result<Option<String>, Untold> {
    let Some(own) = DATABASE.by_id(country.as_str()) else { return Ok(None) };
    let Some(plan) = plans(own.country_code()).iter().find(|plan| plan.of.id() == own.id()) else { return Ok(None) };
    let Some((code, behind)) = plan.called(digits) else { return Ok(None) };
    let Trunk { national, has_carrier } = plan.without_trunk(behind)?;
    if !is_in_use(code, national) {
        return Ok(None);
    }
    let main = plans(code).first().ok_or(Untold)?;
    let is_dialled = |written: &str| digits == written || digits.strip_prefix(plan.prefix()) == Some(written);
    // Most are dialled with the prefix and all of the number; then it is the same which of the layouts is theirs.
    let is_complete = digits.strip_prefix(plan.prefix()) == Some(national);
    let is_meant = is_complete && main.is_plain && main.prefix() == plan.prefix()
        || match main.layout(national) {
            Some(layout) if has_carrier && layout.names_carrier => return Err(Untold),
            Some(layout) => is_dialled(&layout.digits(national)?),
            None => is_dialled(national),
        };
    Ok(is_meant.then(|| ["+", &main.code, national].concat()))
}

/// The plans of a calling code, the main one first.
fn plans(code: u16) -> &'static [Plan] {
    static BY_CODE: [OnceLock<Vec<Plan>>; CODES] = [const { OnceLock::new() }; CODES];
    let read = || DATABASE.by_code(&code).unwrap_or_default().into_iter().map(Plan::new).collect();
    BY_CODE.get(usize::from(code)).map_or(&[], |plans| plans.get_or_init(read))
}

/// The calling code and what follows. No calling code begins another.
fn split(digits: &str) -> Option<(u16, &str)> {
    if digits.len() <= *NATIONAL_DIGITS.start() || digits.starts_with('0') {
        return None;
    }
    (1..=3).find_map(|length| {
        let code = digits.get(..length)?.parse().ok()?;
        (!plans(code).is_empty()).then_some((code, &digits[length..]))
    })
}

/// The plan that a number falls under, and whether the number is in use there.
fn region(code: u16, national: &str) -> Option<(&'static Plan, bool)> {
    match plans(code) {
        [only] => Some((only, only.has(national))),
        several => several.iter().find_map(|plan| match &plan.leading {
            Some(leading) => leading.is_before(national).then(|| (plan, plan.has(national))),
            None => plan.has(national).then_some((plan, true)),
        }),
    }
}

fn is_in_use(code: u16, national: &str) -> bool {
    let value = || national.trim_start_matches('0').parse::<u64>();
    NATIONAL_DIGITS.contains(&national.len())
        && value().is_ok_and(|value| value < MAX_VALUE)
        && region(code, national).is_some_and(|(_, is_in_use)| is_in_use)
}

/// The numbers of a country or of another calling code.
struct Plan {
    of: &'static Metadata,
    /// The calling code in digits.
    code: String,
    general: Kind,
    kinds: Vec<Kind>,
    /// What the numbers begin with that are this plan's, of all under the calling code.
    leading: Option<Pattern>,
    /// Dialled before a calling code.
    abroad: Option<Pattern>,
    /// Dialled before a national number, where it is not the same for all of them.
    trunk: Option<Pattern>,
    layouts: Vec<Layout>,
    /// All of them write a number's digits as they are, or with the prefix before them.
    is_plain: bool,
}

impl Plan {
    fn new(of: &'static Metadata) -> Self {
        let all = of.descriptors();
        let kinds = [
            all.mobile(),
            all.fixed_line(),
            all.toll_free(),
            all.premium_rate(),
            all.shared_cost(),
            all.personal_number(),
            all.voip(),
            all.pager(),
            all.uan(),
            all.voicemail(),
        ];
        let layouts: Vec<Layout> = of.formats().iter().map(|format| Layout::new(of, format)).collect();
        let prefix = of.national_prefix().unwrap_or_default();
        Self {
            of,
            code: of.country_code().to_string(),
            general: Kind::new(all.general()),
            kinds: kinds.into_iter().flatten().map(Kind::new).collect(),
            leading: of.leading_digits().map(|leading| Pattern::new(leading.as_str())),
            abroad: of.international_prefix().map(|abroad| Pattern::new(abroad.as_str())),
            trunk: of.national_prefix_for_parsing().map(|trunk| Pattern::new(trunk.as_str())),
            is_plain: layouts.iter().all(|layout| layout.is_plain(prefix)),
            layouts,
        }
    }

    /// Whether the number is of a kind that the plan knows.
    fn has(&self, national: &str) -> bool {
        self.general.has(national) && self.kinds.iter().any(|kind| kind.has(national))
    }

    fn prefix(&self) -> &'static str {
        self.of.national_prefix().unwrap_or_default()
    }

    /// The calling code that these digits lead to, and what is dialled behind it.
    fn called<'a>(&self, digits: &'a str) -> Option<(u16, &'a str)> {
        let rest = self.abroad.as_ref().and_then(|abroad| digits.get(abroad.end(digits)?..));
        if let Some(rest) = rest.filter(|rest| !rest.starts_with('0')) {
            return split(rest);
        }
        let behind = digits.strip_prefix(&self.code).filter(|_| !self.general.is_possible(digits));
        Some((self.of.country_code(), behind.unwrap_or(digits)))
    }

    /// Without what is dialled before a national number, unless too little would remain.
    fn without_trunk<'a>(&self, digits: &'a str) -> Result<Trunk<'a>, Untold> {
        let prefix = self.prefix();
        let (behind, has_carrier) = match &self.trunk {
            Some(trunk) => match trunk.last_group(digits) {
                Some((_, true)) if self.of.national_prefix_transform_rule().is_some() => return Err(Untold),
                Some((end, has_carrier)) => (&digits[end..], has_carrier),
                None => (digits, false),
            },
            None => (digits.strip_prefix(prefix).unwrap_or(digits), false),
        };
        let national = behind.strip_prefix(prefix).unwrap_or(behind);
        let whole = Trunk { national: digits, has_carrier: false };
        Ok(if self.general.is_too_short(national) { whole } else { Trunk { national, has_carrier } })
    }

    /// How the plan writes the number.
    fn layout(&self, national: &str) -> Option<&Layout> {
        self.layouts.iter().find(|layout| {
            let leads = |leading: &Pattern| leading.is_before(national) && layout.pattern.is_whole(national);
            layout.leading.as_ref().is_none_or(leads)
        })
    }
}

/// A national number without what is dialled before it.
struct Trunk<'a> {
    national: &'a str,
    /// A carrier was among that.
    has_carrier: bool,
}

/// Numbers of one kind, such as those of mobile phones.
struct Kind {
    of: &'static Descriptor,
    pattern: Pattern,
}

impl Kind {
    fn new(of: &'static Descriptor) -> Self {
        Self { of, pattern: Pattern::new(of.national_number().as_str()) }
    }

    fn has(&self, national: &str) -> bool {
        let lengths = self.of.possible_length();
        (lengths.is_empty() || is_among(lengths, national)) && self.pattern.is_before(national)
    }

    /// As a whole, or within a town.
    fn is_possible(&self, national: &str) -> bool {
        let (lengths, local) = (self.of.possible_length(), self.of.possible_local_length());
        let has_length = !lengths.is_empty() && (is_among(lengths, national) || is_among(local, national));
        has_length && self.has(national)
    }

    fn is_too_short(&self, national: &str) -> bool {
        let shortest = self.of.possible_length().first();
        let is_less = shortest.is_some_and(|shortest| national.len() < usize::from(*shortest));
        is_less && !is_among(self.of.possible_local_length(), national)
    }
}

fn is_among(lengths: &[u16], national: &str) -> bool {
    lengths.iter().any(|length| usize::from(*length) == national.len())
}
