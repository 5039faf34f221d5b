//! Files that are told by their first bytes.

use crate::NotATable;

/// What other files begin with, and what they are.
const SIGNATURES: [(&[u8], NotATable); 18] = [
    (b"%PDF-", NotATable::Pdf),
    (b"\x89PNG", NotATable::Image),
    (b"\xff\xd8\xff", NotATable::Image),
    (b"GIF8", NotATable::Image),
    (b"II*\0", NotATable::Image),
    (b"MM\0*", NotATable::Image),
    // Without OLE around it: Excel 2 to 4.
    (b"\x09\x08\x08\0\0\x05", NotATable::OldExcel),
    (b"\x09\x04\x06\0", NotATable::OldExcel),
    (b"\x09\x02\x06\0", NotATable::OldExcel),
    (b"\x1f\x8b", NotATable::Zip),
    (b"7z\xbc\xaf\x27\x1c", NotATable::Zip),
    (b"Rar!\x1a\x07", NotATable::Zip),
    (b"BZh", NotATable::Zip),
    (b"\xfd7zXZ\0", NotATable::Zip),
    (b"\x28\xb5\x2f\xfd", NotATable::Zip),
    // Archives of nothing, and of several parts.
    (b"PK\x05\x06", NotATable::Zip),
    (b"PK\x07\x08", NotATable::Zip),
    (b"PAR1", NotATable::Binary),
];
/// What old Office files, and new ones with a password, are wrapped in.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// The beginning of an entry of a ZIP.
const ZIP_ENTRY: &[u8] = b"PK\x03\x04";
/// Where the name of the entry is, from there.
const ZIP_NAME: usize = 30;

/// Whether it is a ZIP that looks like XLSX; false: it may be text.
pub(super) fn is_xlsx(sample: &[u8]) -> Result<bool, NotATable> {
    if let Some((_, what)) = SIGNATURES.iter().find(|(signature, _)| sample.starts_with(signature)) {
        return Err(*what);
    }
    // WEBP and the pictures of telephones have their length first.
    let (kind, brand) = (sample.get(..4).unwrap_or_default(), sample.get(4..).unwrap_or_default());
    if kind == b"RIFF" && brand.get(4..).is_some_and(|rest| rest.starts_with(b"WEBP")) || brand.starts_with(b"ftyp") {
        return Err(NotATable::Image);
    }
    if sample.starts_with(OLE) {
        return Err(if has_name(sample, "EncryptedPackage") { NotATable::Protected } else { NotATable::OldExcel });
    }
    if is_markup(sample) {
        return Err(NotATable::Markup);
    }
    if sample.starts_with(ZIP_ENTRY) { in_zip(sample).map(|()| true) } else { Ok(false) }
}

/// Whether the entries that can be seen are those of a workbook, and not of a letter, of slides or of another program's table.
fn in_zip(sample: &[u8]) -> Result<(), NotATable> {
    let names = sample.windows(ZIP_ENTRY.len()).enumerate().filter(|(_, window)| *window == ZIP_ENTRY);
    let names: Vec<&[u8]> = names.filter_map(|(at, _)| sample.get(at + ZIP_NAME..)).collect();
    let has = |beginning: &[u8]| names.iter().any(|name| name.starts_with(beginning));
    let is_other = || [&b"word/"[..], b"ppt/", b"mimetype", b"Index/"].into_iter().any(has);
    match has(b"xl/") {
        true => Ok(()),
        false if is_other() => Err(NotATable::OtherDocument),
        false if has(b"[Content_Types].xml") || has(b"_rels/") => Ok(()),
        false => Err(NotATable::Zip),
    }
}

/// Whether a name stands in the directory of an OLE file, in UTF-16.
fn has_name(sample: &[u8], name: &str) -> bool {
    let wanted: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    sample.windows(wanted.len()).any(|window| window == wanted)
}

/// Pages and XML workbooks, which many programs call `.xls`.
fn is_markup(sample: &[u8]) -> bool {
    let text = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample).trim_ascii_start();
    let begins = |word: &&str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()));
    ["<!doctype", "<html", "<?xml", "<table", "<head", "<meta", "<style", "<body", "<div"].iter().any(begins)
}
