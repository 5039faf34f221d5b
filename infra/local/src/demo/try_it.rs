//! What the person is told to try: keys, two commands to paste, and the buyer for deliveries of their own.

use super::memory::Memory;
use super::records::{BUYER, CAMPAIGN, SUPPLIERS};

/// The keys, a line each.
pub(super) fn keys(seller_key: &str, memory: &Memory) -> String {
    let line = |owner: &str, key: &str| format!("  {owner:<20} {key}\n");
    let others = SUPPLIERS.map(|sid| ("supplier", sid)).into_iter().chain([("buyer", BUYER)]);
    let others = others.map(|(role, reference)| {
        let key = memory.keys.get(reference).map_or("(has two already, shown at earlier starts)", String::as_str);
        line(&format!("{role} {reference}"), key)
    });
    format!("keys\n{}{}", line("seller", seller_key), others.collect::<String>())
}

/// Lines for a shell: the names that the README's commands use.
pub(crate) fn exports(base_url: &str, seller_key: &str, supplier_key: Option<&str>) -> String {
    let supplier = supplier_key.map(|key| format!("export SUPPLIER_KEY={key}\n")).unwrap_or_default();
    format!("export BASE={base_url}\nexport SELLER_KEY={seller_key}\n{supplier}")
}

/// More lines for a shell: a lead is posted as its supplier, and read back by the seller.
pub(super) fn commands(base_url: &str, seller_key: &str, memory: &Memory) -> String {
    let supplier_key = SUPPLIERS.iter().find_map(|sid| memory.keys.get(*sid)).map(String::as_str);
    let exports = exports(base_url, seller_key, supplier_key);
    if supplier_key.is_none() {
        return exports;
    }
    // The address changes with the second: the same one again would be a duplicate.
    format!(
        "try it: post a lead as a supplier, and read what became of it\n\n{exports}\n\
         lead=$(curl -s $BASE/v1/leads -H \"Authorization: Bearer $SUPPLIER_KEY\" -d 'campid={CAMPAIGN}&firstname=Gwen&\
         lastname=Shah&phone1=01134960106&postcode=LS14AP&homeowner=yes&roof_type=tiled' \
         -d \"email=gwen.$(date +%s)@example.com\"); echo \"$lead\"\n\n\
         sleep 1; curl -s $BASE$(echo \"$lead\" | grep -o '/v1/leads/lead_[0-9A-Z]*') \
         -H \"Authorization: Bearer $SELLER_KEY\" | python3 -m json.tool\n"
    )
}

/// Where deliveries of the person's own can be sent.
pub(super) fn buyer(url: &str) -> String {
    format!(
        "a buyer for deliveries of your own\n  \
         {url}/leads            accepts; ?areas=M,L&only=homeowner:yes&price=24.50&delay_ms=1500 and more: see infra/local\n  \
         {url}/reject/{{reason}}  rejects\n  \
         {url}/fail             answers 500\n"
    )
}
