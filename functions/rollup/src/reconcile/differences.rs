//! Numbers that should be the same and are not.

use std::collections::BTreeMap;

use super::run::Stop;

/// What differs, by its place, with both numbers.
pub(super) type Differences<K, V> = BTreeMap<K, (V, V)>;

/// What differs between these; what is in one of them only is nothing in the other.
pub(super) fn differences<K, V>(one: &BTreeMap<K, V>, other: &BTreeMap<K, V>) -> Differences<K, V>
where
    K: Ord + Clone,
    V: Copy + Default + PartialEq,
{
    let of = |numbers: &BTreeMap<K, V>, place: &K| numbers.get(place).copied().unwrap_or_default();
    let both = one.keys().chain(other.keys()).map(|place| (place.clone(), (of(one, place), of(other, place))));
    both.filter(|(_, (one, other))| one != other).collect()
}

/// Looks, and once more if anything differs. What does not differ by the same numbers then was being moved by others; nothing
/// can be said of it, and it is left to the next time.
pub(super) async fn confirmed<K, V>(
    mut look: impl AsyncFnMut() -> Result<Differences<K, V>, Stop>,
) -> Result<Differences<K, V>, Stop>
where
    K: Ord,
    V: PartialEq,
{
    let mut found = look().await?;
    if !found.is_empty() {
        let again = look().await?;
        found.retain(|place, numbers| again.get(place) == Some(numbers));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    #[tokio::test]
    async fn what_others_move_in_this_moment_is_left_to_the_next_time() {
        let still = || BTreeMap::from([("a", (1, 2)), ("b", (3, 4))]);
        assert_eq!(confirmed(async || Ok(still())).await.unwrap(), still());
        let mut looks = vec![BTreeMap::from([("a", (1, 2)), ("b", (4, 4))]), still()];
        let found = confirmed(async || Ok(looks.pop().unwrap_or_default())).await.unwrap();
        assert_eq!(found, BTreeMap::from([("a", (1, 2))]));
        let mut looks = vec![BTreeMap::new(), still()];
        assert!(confirmed(async || Ok(looks.pop().unwrap_or_default())).await.unwrap().is_empty());
    }

    #[test]
    fn what_is_in_one_of_them_only_differs_unless_it_is_nothing() {
        let (one, other) = (BTreeMap::from([("a", 1), ("b", 2), ("c", 0)]), BTreeMap::from([("b", 3), ("d", 4)]));
        let expected = BTreeMap::from([("a", (1, 0)), ("b", (2, 3)), ("d", (0, 4))]);
        assert_eq!(differences(&one, &other), expected);
    }
}
