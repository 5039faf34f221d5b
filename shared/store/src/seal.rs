//! Texts that somebody is given to bring back, and can neither read nor make: cursors, which name what not everybody sees.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::Identity;

impl Identity {
    /// Seals a text for who is named, and what it is good for. None: the secret of the installation is unusable.
    pub fn seal(&self, bound_to: &str, text: &str) -> Option<String> {
        // Made from what it seals, it is never used for another text; the same text looks the same.
        let nonce: [u8; NONCE_LEN] = self.derived(["seal nonce", bound_to, text])?.first_chunk().copied()?;
        let mut sealed = text.as_bytes().to_vec();
        let aad = Aad::from(bound_to.as_bytes());
        self.sealing_key()?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).ok()?;
        Some(hex::encode([nonce.as_slice(), &sealed].concat()))
    }

    /// The text that was sealed for the same one and the same thing.
    pub fn unseal(&self, bound_to: &str, sealed: &str) -> Option<String> {
        let mut sealed = hex::decode(sealed).ok()?;
        let nonce: [u8; NONCE_LEN] = sealed.first_chunk().copied()?;
        let aad = Aad::from(bound_to.as_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let text = self.sealing_key()?.open_within(nonce, aad, &mut sealed, NONCE_LEN..).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }

    fn sealing_key(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&CHACHA20_POLY1305, &self.derived(["seal key"])?).ok().map(LessSafeKey::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(secret: &str) -> Identity {
        Identity::new(secret.to_owned().into())
    }

    #[test]
    fn what_is_sealed_is_opened_by_whom_it_is_for_and_read_by_nobody() {
        let identity = identity("a secret of tests");
        let sealed = identity.seal("buyer#b1", "2026-11-05T10:20:30.400Z#lead_1").unwrap_or_default();
        assert_eq!(identity.unseal("buyer#b1", &sealed).as_deref(), Some("2026-11-05T10:20:30.400Z#lead_1"));
        assert!(!sealed.contains(&hex::encode("lead_1")));
        for (bound_to, text) in
            [("buyer#b2", sealed.clone()), ("buyer#b1", format!("{sealed}00")), ("buyer#b1", String::new())]
        {
            assert_eq!(identity.unseal(bound_to, &text), None, "{bound_to} {text}");
        }
        let mut changed = sealed.clone().into_bytes();
        changed[30] = if changed[30] == b'0' { b'1' } else { b'0' };
        assert_eq!(identity.unseal("buyer#b1", &String::from_utf8_lossy(&changed)), None);
    }

    #[test]
    fn another_installation_cannot_open_it() {
        let sealed = identity("one").seal("seller", "x").unwrap_or_default();
        assert_eq!(identity("another").unseal("seller", &sealed), None);
    }
}
