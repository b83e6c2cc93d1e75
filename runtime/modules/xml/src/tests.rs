//! Documents on one worker; reading and writing text.

use std::sync::Arc;

use sipc_engine::Index;
use sipc_engine::setup::Configuration;
use sipc_engine::testing::{OPTIONS, context_on, worker_with};

use super::*;
use sipc_test_support::pieces::mixed;

fn context() -> Context {
    context_on(worker_with(Configuration::default(), &[LINKED]), OPTIONS)
}

/// `/a/b[1].val` as the compiler reads it.
fn at(name: &'static str, path: &'static str) -> Place {
    let (elements, part) = match (path.strip_suffix(".val"), path.split_once(".attr/")) {
        (Some(elements), _) => (elements, vec![Step::Word("val".into())]),
        (_, Some((elements, name))) => (elements, vec![Step::Word("attr".into()), Step::Key(name.into())]),
        _ => (path, Vec::new()),
    };
    let mut steps = Vec::new();
    for element in elements.split('/').skip(1) {
        let (name, index) = element.split_once('[').unwrap_or((element, ""));
        steps.push(Step::Key(name.into()));
        steps.extend(index.trim_end_matches(']').parse().ok().map(Step::At));
    }
    steps.extend(part);
    Place { inner: Inner::Path(Arc::new(Path { name: name.into(), steps })), index: Index::None }
}

fn set(cx: &mut Context, path: &'static str, text: &'static str) -> bool {
    set_xml(cx, &at("d", path), Assign::Set, Value::literal(text.as_bytes()))
}

fn remove(cx: &mut Context, path: &'static str) -> bool {
    set_xml(cx, &at("d", path), Assign::Set, Value::Null)
}

fn get(cx: &mut Context, path: &'static str) -> Option<String> {
    xml(cx, &at("d", path)).text().map(|t| String::from_utf8_lossy(&t).into_owned())
}

#[test]
fn the_manual_s_example() {
    let cx = &mut context();
    assert!(set(cx, "", "<doc></doc>"));
    assert!(set(cx, "/doc", "<list></list>"));
    assert!(set(cx, "/doc/list", "<item>some_value</item>"));
    assert!(set(cx, "/doc/list", "<item>another_value</item>"));
    assert!(set(cx, "/doc/list/item[1].val", "new_val"));
    assert!(set(cx, "/doc/list.attr/sort", "asc"));
    let list = "<list sort=\"asc\"><item>some_value</item><item>new_val</item></list>";
    assert_eq!(get(cx, "/doc/list").as_deref(), Some(list));
    assert_eq!(get(cx, "/doc/list.attr/sort").as_deref(), Some("asc"));
    assert!(remove(cx, "/doc/list.attr/sort"));
    assert!(!remove(cx, "/doc/list.attr/sort"));
    assert!(remove(cx, "/doc/list/item[1]"));
    assert!(set(cx, "/doc/list.val", "end"));
    let all = "<?xml version=\"1.0\"?>\n<doc><list><item>some_value</item>end</list></doc>";
    assert_eq!(get(cx, "").as_deref(), Some(all));
    assert!(remove(cx, "/doc/list.val"));
    assert_eq!(get(cx, "/doc/list.val").as_deref(), Some(""));
    assert!(remove(cx, ""));
    assert_eq!((get(cx, ""), get(cx, "/doc")), (None, None));
    assert!(!set(cx, "/doc", "<x/>"), "the document is empty");
}

#[test]
fn blanks_around_what_is_put_in_stay() {
    let cx = &mut context();
    assert!(set(cx, "", "<doc>\n</doc>"));
    assert!(set(cx, "/doc", "\t<list></list>\n"));
    assert!(set(cx, "/doc/list", "\n\t\t<item></item>\n\t"));
    assert_eq!(get(cx, "/doc").as_deref(), Some("<doc>\n\t<list>\n\t\t<item/>\n\t</list>\n</doc>"));
}

#[test]
fn texts_are_written_as_libxml2_does() {
    let cx = &mut context();
    let text = "<?pi x?><!-- c --><r xmlns:p='u' p:a=\"1\" b='&lt;\"&#10;é'>a&amp;é<![CDATA[<x>]]><!--i--><e></e>&#13;</r>";
    assert!(set(cx, "", text));
    let element =
        "<r xmlns:p=\"u\" p:a=\"1\" b=\"&lt;&quot;&#10;&#xE9;\">a&amp;é<![CDATA[<x>]]><!--i--><e/>&#13;</r>";
    assert_eq!(get(cx, "/r").as_deref(), Some(element));
    let whole = "<?xml version=\"1.0\"?>\n<?pi x?>\n<!-- c -->\n<r xmlns:p=\"u\" p:a=\"1\" \
                 b=\"&lt;&quot;&#10;&#xE9;\">a&amp;&#xE9;<![CDATA[<x>]]><!--i--><e/>&#xD;</r>";
    assert_eq!(get(cx, "").as_deref(), Some(whole));
    assert_eq!(get(cx, "/r.attr/a").as_deref(), Some("1"), "by the name without its declared prefix");
    assert_eq!(get(cx, "/r.val").as_deref(), Some("a&é<x>\r"));
    assert!(set(cx, "", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><q:r a=\"é\">é</q:r>"));
    let whole = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<q:r a=\"é\">é</q:r>";
    assert_eq!(get(cx, "").as_deref(), Some(whole));
    assert_eq!(get(cx, "/r.val").as_deref(), Some("é"), "a prefix does not count");
}

#[test]
fn contents() {
    let cx = &mut context();
    assert!(set(cx, "", "<r><![CDATA[1]]>2<e/>3</r>"));
    assert!(set(cx, "/r.val", "<&>"));
    assert_eq!(get(cx, "/r").as_deref(), Some("<r>&lt;&amp;&gt;<e/></r>"));
    assert!(set(cx, "/r.val", "a<![CDATA[<b>]]>c"));
    assert_eq!(get(cx, "/r").as_deref(), Some("<r><e/>a<![CDATA[<b>]]>c</r>"));
    assert!(!set(cx, "/r.val", "a<![CDATA[<b>]] >c"));
    assert!(set(cx, "/r.val", ""));
    assert_eq!(get(cx, "/r").as_deref(), Some("<r><e/></r>"));
    assert!(set_xml(cx, &at("d", "/r.val"), Assign::Set, Value::Int(5)));
    assert_eq!(get(cx, "/r.val").as_deref(), Some("5"));
    assert!(!set_xml(cx, &at("d", "/r.val"), Assign::Set, Value::BareInt(5)), "no text");
    assert!(!set(cx, "/r.attr/a b", "x"));
    assert!(!set(cx, "/r.val", "\u{1}"));
    assert!(!set(cx, "/none.val", "x"));
    assert_eq!(get(cx, "/r[1]"), None);
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let cx = &mut context();
    for bad in [
        "x",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "<a b=1/>",
        "<a b='1' b='2'/>",
        "<a b='<'/>",
        "<a b='1'c='2'/>",
        "<a>&x;</a>",
        "<a>&</a>",
        "<a>]]></a>",
        "<1/>",
        "< a/>",
        "<a><!-- -- --></a>",
        "<a><?xml ?></a>",
        " <?xml version='1.0'?><a/>",
        "<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a/>",
        "<a>&#0;</a>",
        "<a",
        "<a b",
        "<!---->",
        "<![CDATA[x]]>",
        "<a><![CDATA[</a>",
        "</a>",
        "<a>&#x110000;</a>",
    ] {
        assert!(!set(cx, "", bad), "{bad}");
        assert_eq!(get(cx, ""), None, "{bad}");
    }
    assert!(set(cx, "", "<!DOCTYPE a SYSTEM \"x\"><a/>"));
    assert!(!set(cx, "", "<a"));
    assert_eq!(get(cx, "/a").as_deref(), Some("<a/>"), "the old document stays");
    assert!(set(cx, "", ""));
    assert_eq!(get(cx, ""), None);
}

#[test]
fn bounds() {
    let nested = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert!(parse::document(nested(256).as_bytes()).is_ok());
    assert!(parse::document(nested(257).as_bytes()).is_err());
    assert!(parse::document("<a>".repeat(1_000_000).as_bytes()).is_err());
    let cx = &mut context();
    assert!(set(cx, "", "<a/>"));
    let large = Value::Text(Text::from(format!("<b>{}</b>", "x".repeat(5 << 20))));
    let place = at("d", "/a");
    let put = |cx: &mut Context| set_xml(cx, &place, Assign::Set, large.clone());
    assert!(put(cx) && put(cx) && put(cx));
    assert!(!put(cx));
    assert!(remove(cx, "/a/b"));
    assert!(put(cx), "there is room again");
}

#[test]
fn no_text_breaks_the_parser() {
    let pieces = [
        "<a>",
        "</a>",
        "<a",
        "/>",
        ">",
        " b='",
        "'",
        "\"",
        "&",
        "lt;",
        "#x",
        "41;",
        "<!--",
        "--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?",
        "?>",
        "<?xml version='1.0'?>",
        "<!DOCTYPE a",
        "x:",
        "xmlns:x='u' ",
        "\r\n",
        "é",
        "t",
    ];
    mixed(&pieces, 20_000, |text| {
        if let Ok(document) = parse::document(text) {
            let printed = print::document(&document);
            let again = parse::document(printed.as_bytes()).unwrap_or_else(|e| panic!("{e}: {printed}"));
            assert_eq!(print::document(&again), printed);
        }
    });
}
