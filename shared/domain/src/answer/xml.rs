//! Places in an XML body: `/response/lead/@id`.

use roxmltree::{Document, Node, ParsingOptions};

/// An answer of 64 KB has fewer that mean anything.
const MAX_NODES: u32 = 10_000;
/// Steps of one path.
const MAX_STEPS: usize = 20;

/// The body, if it is XML without a document type: entities could make it grow, and nobody answers with one.
pub(super) fn parse(text: &str) -> Option<Document<'_>> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text.trim_start(), options).ok()
}

/// The texts at all places that a path leads to, in the order of the document.
pub(super) fn texts(document: &Document<'_>, path: &str) -> Vec<String> {
    let mut nodes = vec![document.root()];
    for step in steps(path) {
        if let Some(name) = step.strip_prefix('@') {
            let value = |node: &Node<'_, '_>| {
                let mut attributes = node.attributes();
                attributes.find(|attribute| attribute.name() == local(name)).map(|found| found.value().to_owned())
            };
            return nodes.iter().filter_map(value).collect();
        }
        let is_next = |node: &Node<'_, '_>| node.is_element() && node.tag_name().name() == local(step);
        nodes = nodes.iter().flat_map(Node::children).filter(is_next).collect();
    }
    nodes.iter().map(text).collect()
}

/// Whether a text is a path: steps with names, and `@` only before the last one's.
pub(super) fn is_path(path: &str) -> bool {
    let count = steps(path).count();
    let fits = |(at, step): (usize, &str)| {
        let name = if at > 0 && at + 1 == count { step.strip_prefix('@').unwrap_or(step) } else { step };
        !local(name).is_empty() && !name.contains(['@', '[', '*', '(']) && !name.contains(char::is_whitespace)
    };
    path.starts_with('/') && path.len() <= 200 && count <= MAX_STEPS && steps(path).enumerate().all(fits)
}

fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').skip(1)
}

/// Prefixes are the sender's choice; what they stand for is hardly ever in doubt.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn text(node: &Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
}
