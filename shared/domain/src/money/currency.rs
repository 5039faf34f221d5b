//! Currencies of ISO 4217 and how many decimals their minor units are.

use std::{fmt, str::FromStr};

use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::MoneyError;

/// An ISO 4217 currency that has a minor unit; gold, test and accounting codes (`XAU`, `XTS`, `XDR`) have none and are
/// refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, SerializeDisplay, DeserializeFromStr)]
pub struct Currency {
    iso: iso_currency::Currency,
    decimals: u16,
}

impl Currency {
    /// Pounds sterling.
    pub const GBP: Self = Self { iso: iso_currency::Currency::GBP, decimals: 2 };

    /// The alphabetic code: `GBP`.
    pub fn code(self) -> &'static str {
        self.iso.code()
    }

    /// How many decimals the minor unit is: 2 for GBP, 0 for JPY, 3 for KWD.
    pub fn decimals(self) -> u32 {
        u32::from(self.decimals)
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    /// Reads the alphabetic code in capital letters.
    fn from_str(code: &str) -> Result<Self, MoneyError> {
        let iso = iso_currency::Currency::from_code(code).ok_or(MoneyError::UnknownCurrency)?;
        let decimals = iso.exponent().ok_or(MoneyError::UnknownCurrency)?;
        Ok(Self { iso, decimals })
    }
}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("An ISO 4217 currency."))
            .pattern(Some("^[A-Z]{3}$"))
            .examples(["GBP"])
            .into()
    }
}

impl ToSchema for Currency {}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
