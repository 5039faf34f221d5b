//! What a person is given to say that it is not to be written to any more: a token that names the lead and the way, and that nobody else
//! can make.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{id::LeadId, lead::Channel};

use crate::Identity;

const VERSION: u8 = 1;
/// Bytes of its seal: nobody guesses as many.
const SEAL_BYTES: usize = 16;

impl Identity {
    /// The token of a lead's person for one way: a version, the way, the lead's id, and a keyed hash of these, in base64 as URLs have it. None: the
    /// secret of the installation is unusable.
    pub fn unsubscribe_token(&self, lead: LeadId, channel: Channel) -> Option<String> {
        let way = match channel {
            Channel::Email => 1,
            Channel::Sms => 2,
        };
        let seal = self.derived(["unsubscribe", &VERSION.to_string(), channel.word(), &lead.to_string()])?;
        let said = [&[VERSION, way], lead.ulid().to_bytes().as_slice(), seal.get(..SEAL_BYTES)?].concat();
        Some(BASE64_URL_SAFE_NO_PAD.encode(said))
    }
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;

    #[test]
    fn each_lead_and_way_has_its_own_token_which_fits_into_a_url_and_nobody_else_makes() {
        let (ours, theirs) = (Identity::new("one".to_owned().into()), Identity::new("another".to_owned().into()));
        let token = |of: &Identity, lead, channel| of.unsubscribe_token(LeadId::from_ulid(Ulid(lead)), channel);
        let all = [
            token(&ours, 1, Channel::Email),
            token(&ours, 1, Channel::Sms),
            token(&ours, 2, Channel::Email),
            token(&theirs, 1, Channel::Email),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().flatten().collect();
        assert_eq!(distinct.len(), 4);
        assert_eq!(all[0], token(&ours, 1, Channel::Email), "it stays the same");
        for token in distinct {
            assert_eq!(token.len(), 46, "34 bytes");
            assert!(token.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"-_".contains(&sign)), "{token}");
        }
    }
}
