//! Which addresses a delivery may dial: the blocked ranges as data, and the one function that judges by them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// How far outgoing requests may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses over https: every deployment.
    PublicOnly,
    /// Loopback and plain http too: the explicit setting of a local run. Every other range stays blocked.
    LoopbackToo,
}

/// An address that a delivery must not dial, with the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address {ip} is not allowed: {why}")]
pub struct Blocked {
    /// The address as it would be dialled; an IPv4 address carried in IPv6 is shown as IPv4.
    pub ip: IpAddr,
    /// What the address is for, and the source of the rule.
    pub why: &'static str,
}

impl Blocked {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        "address_blocked"
    }
}

/// A blocked range and what it is for.
struct Range {
    net: IpNet,
    why: &'static str,
}

const fn v4(octets: [u8; 4], prefix_len: u8, why: &'static str) -> Range {
    let [a, b, c, d] = octets;
    Range { net: IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix_len)), why }
}

const fn v6(segments: [u16; 8], prefix_len: u8, why: &'static str) -> Range {
    let [a, b, c, d, e, f, g, h] = segments;
    Range { net: IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix_len)), why }
}

/// The IANA special-purpose registries (RFC 6890 and updates), the more specific range first, as it gives the reason.
///
/// IPv6 ends with everything that is not global unicast: a range that IANA allots later is blocked until it is known.
/// Ranges that carry an IPv4 address through a translator are blocked whole, as no buyer publishes one.
const BLOCKED: &[Range] = &[
    v4([0, 0, 0, 0], 8, "this network, dialled as the own host (RFC 1122)"),
    v4([10, 0, 0, 0], 8, "private (RFC 1918)"),
    v4([100, 64, 0, 0], 10, "carrier-grade NAT (RFC 6598)"),
    v4([127, 0, 0, 0], 8, "loopback (RFC 1122)"),
    v4([169, 254, 0, 0], 16, "link-local, holds cloud metadata and credentials (RFC 3927)"),
    v4([172, 16, 0, 0], 12, "private (RFC 1918)"),
    v4([192, 0, 0, 0], 24, "IETF protocol assignments (RFC 6890)"),
    v4([192, 0, 2, 0], 24, "documentation, TEST-NET-1 (RFC 5737)"),
    v4([192, 88, 99, 0], 24, "6to4 relay (RFC 7526)"),
    v4([192, 168, 0, 0], 16, "private (RFC 1918)"),
    v4([198, 18, 0, 0], 15, "benchmarking (RFC 2544)"),
    v4([198, 51, 100, 0], 24, "documentation, TEST-NET-2 (RFC 5737)"),
    v4([203, 0, 113, 0], 24, "documentation, TEST-NET-3 (RFC 5737)"),
    v4([224, 0, 0, 0], 4, "multicast (RFC 5771)"),
    v4([255, 255, 255, 255], 32, "broadcast (RFC 919)"),
    v4([240, 0, 0, 0], 4, "reserved (RFC 1112)"),
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128, "unspecified, dialled as the own host (RFC 4291)"),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback (RFC 4291)"),
    v6([0, 0, 0, 0, 0, 0, 0, 0], 96, "IPv4-compatible (RFC 4291)"),
    v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96, "IPv4-translated (RFC 2765)"),
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, "NAT64 (RFC 6052)"),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "local NAT64 (RFC 8215)"),
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "discard only (RFC 6666)"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "Teredo (RFC 4380)"),
    v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, "benchmarking (RFC 5180)"),
    v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28, "ORCHID (RFC 4843)"),
    v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28, "ORCHIDv2 (RFC 7343)"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "IETF protocol assignments (RFC 2928)"),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation (RFC 3849)"),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4 (RFC 3056)"),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation (RFC 9637)"),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "unique local (RFC 4193)"),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local (RFC 4291)"),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "site-local (RFC 3879)"),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast (RFC 4291)"),
    v6([0, 0, 0, 0, 0, 0, 0, 0], 3, NOT_GLOBAL),
    v6([0x4000, 0, 0, 0, 0, 0, 0, 0], 2, NOT_GLOBAL),
    v6([0x8000, 0, 0, 0, 0, 0, 0, 0], 1, NOT_GLOBAL),
];

/// IANA allots global unicast from 2000::/3 only; the three ranges above are the rest of the space.
const NOT_GLOBAL: &str = "not global unicast (RFC 4291, IANA allotments)";

/// Says whether an address may be dialled. An IPv4 address mapped into IPv6 (`::ffff:a.b.c.d`) is judged as IPv4.
///
/// # Errors
/// [`Blocked`] with the range's reason.
pub fn judge(ip: IpAddr, reach: Reach) -> Result<(), Blocked> {
    let ip = ip.to_canonical();
    if reach == Reach::LoopbackToo && ip.is_loopback() {
        return Ok(());
    }
    match BLOCKED.iter().find(|range| range.net.contains(&ip)) {
        Some(range) => Err(Blocked { ip, why: range.why }),
        None => Ok(()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a table entry that does not parse is a mistake in the test")]
mod tests {
    use super::*;

    /// First and last address of each range that must be blocked, with a word of the reason. Not read from `BLOCKED`,
    /// so that a row lost there is found here.
    const BLOCKED_ENDS: &[(&str, &str, &str)] = &[
        ("0.0.0.0", "0.255.255.255", "this network"),
        ("10.0.0.0", "10.255.255.255", "private"),
        ("100.64.0.0", "100.127.255.255", "carrier-grade"),
        ("127.0.0.0", "127.255.255.255", "loopback"),
        ("169.254.0.0", "169.254.255.255", "link-local"),
        ("169.254.169.254", "169.254.170.2", "metadata"),
        ("172.16.0.0", "172.31.255.255", "private"),
        ("192.0.0.0", "192.0.0.255", "protocol assignments"),
        ("192.0.2.0", "192.0.2.255", "TEST-NET-1"),
        ("192.88.99.0", "192.88.99.255", "6to4 relay"),
        ("192.168.0.0", "192.168.255.255", "private"),
        ("198.18.0.0", "198.19.255.255", "benchmarking"),
        ("198.51.100.0", "198.51.100.255", "TEST-NET-2"),
        ("203.0.113.0", "203.0.113.255", "TEST-NET-3"),
        ("224.0.0.0", "239.255.255.255", "multicast"),
        ("240.0.0.0", "255.255.255.254", "reserved"),
        ("255.255.255.255", "255.255.255.255", "broadcast"),
        ("::", "::", "unspecified"),
        ("::1", "::1", "loopback"),
        ("::2", "::ffff:ffff", "IPv4-compatible"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1", "private"),
        ("::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "metadata"),
        ("::ffff:0:0:0", "::ffff:0:ffff:ffff", "IPv4-translated"),
        ("64:ff9b::", "64:ff9b::ffff:ffff", "NAT64"),
        ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "local NAT64"),
        ("100::", "100::ffff:ffff:ffff:ffff", "discard"),
        ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "Teredo"),
        ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "benchmarking"),
        ("2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", "ORCHID ("),
        ("2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", "ORCHIDv2"),
        ("2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "protocol assignments"),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"),
        ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "6to4"),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "unique local"),
        ("fd00:ec2::254", "fd00:ec2::254", "unique local"),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"),
        ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local"),
        ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"),
        ("200::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "not global"),
        ("4000::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "not global"),
        ("8000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "not global"),
    ];

    /// Addresses just outside a blocked range, and some that everyone knows.
    const PUBLIC: &[&str] = &[
        "1.0.0.0",
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "2000::",
        "2001:200::",
        "2001:db7:ffff::",
        "2001:db9::",
        "2003::",
        "2606:4700:4700::1111",
        "2a00::1",
        "3ffe:ffff::",
        "3fff:1000::",
    ];

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn every_special_range_is_blocked_from_its_first_to_its_last_address() {
        for (first, last, reason) in BLOCKED_ENDS {
            for address in [first, last] {
                let blocked = judge(ip(address), Reach::PublicOnly).unwrap_err();
                assert!(blocked.why.contains(reason), "{address}: {}", blocked.why);
            }
        }
    }

    #[test]
    fn the_local_setting_opens_loopback_and_nothing_else() {
        for (first, last, reason) in BLOCKED_ENDS {
            for address in [first, last] {
                let allowed = judge(ip(address), Reach::LoopbackToo).is_ok();
                assert_eq!(allowed, *reason == "loopback", "{address}");
            }
        }
        assert_eq!(judge(ip("::ffff:127.0.0.1"), Reach::LoopbackToo), Ok(()));
    }

    #[test]
    fn public_addresses_next_to_a_blocked_range_are_allowed() {
        for address in PUBLIC {
            assert_eq!(judge(ip(address), Reach::PublicOnly), Ok(()), "{address}");
        }
    }

    #[test]
    fn a_mapped_address_is_named_as_the_one_it_carries() {
        let blocked = judge(ip("::ffff:127.0.0.1"), Reach::PublicOnly).unwrap_err();
        assert_eq!(blocked.to_string(), "the address 127.0.0.1 is not allowed: loopback (RFC 1122)");
        assert_eq!(blocked.code(), "address_blocked");
    }
}
