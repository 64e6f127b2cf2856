//! Templates: their rules by example, their safety by property.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serinus_adapters::Escaping;
use serinus_adapters::template::{MAX_RENDERED_BYTES, MAX_TEMPLATE_BYTES, Template, TemplateError};

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    owned.collect()
}

fn render(text: &str, pairs: &[(&str, &str)]) -> Result<String, TemplateError> {
    Template::parse(text)?.render(&values(pairs), Escaping::None)
}

#[test]
fn rules_by_example() {
    let known = [("a", "1"), ("scope.name-2", "x"), ("empty", "")];
    for (text, expected) in [
        ("", ""),
        ("no variable $ $a a$ {a} }", "no variable $ $a a$ {a} }"),
        ("${a}${a}-${scope.name-2}", "11-x"),
        ("[${empty}]", "[]"),
        ("${a:-default}", "1"),
        ("${b:-default}", "default"),
        ("${b:-}", ""),
        ("${b:-1:-2 $5}", "1:-2 $5"),
        ("$${a} costs $$5", "${a} costs $$5"),
        ("$$${a}", "$${a}"),
        ("\u{1f426}${a}", "\u{1f426}1"),
    ] {
        assert_eq!(render(text, &known).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn errors_say_what_and_where() {
    assert_eq!(
        render("${b}", &[("a", "1")]),
        Err(TemplateError::Undefined { name: "b".into() })
    );
    assert_eq!(
        TemplateError::Undefined { name: "b".into() }.to_string(),
        "the variable `${b}` has no value and no default"
    );
    for (text, place) in [
        ("\u{e9}${a", 2),
        ("${}", 1),
        ("${1a}", 1),
        ("${a b}", 1),
        ("x ${a:-${b}}", 3),
        ("${${a}}", 1),
        ("${a:=1}", 1),
    ] {
        match Template::parse(text) {
            Err(TemplateError::Syntax { at, .. }) => assert_eq!(at, place, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn sizes_are_limited() {
    let most = "x".repeat(MAX_TEMPLATE_BYTES);
    assert_eq!(
        render(&most, &[]).map(|text| text.len()),
        Ok(MAX_TEMPLATE_BYTES)
    );
    let error = Template::parse(&format!("{most}x")).unwrap_err();
    assert!(matches!(error, TemplateError::TooLong { .. }));

    let half = "y".repeat(MAX_RENDERED_BYTES / 2);
    assert!(render("${a}${a}", &[("a", &half)]).is_ok());
    let error = render("${a}${a}z", &[("a", &half)]).unwrap_err();
    assert!(matches!(error, TemplateError::TooLong { .. }));
}

#[test]
fn variables_are_listed_once_and_required_without_default() {
    let template = Template::parse("${b} ${a:-1} ${c:-1} ${b} ${c} $${d}").unwrap();
    assert_eq!(template.variables().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(template.required().collect::<Vec<_>>(), ["b", "c"]);
}

/// The reading side of a double-quoted PromQL string, written from its documentation: returns the value and what
/// follows the closing quote. Escapes that `PromqlString` does not write are an error.
fn read_promql_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.strip_prefix('"')?.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\n' => return None,
            '\\' => value.push(match characters.next()? {
                '\\' => '\\',
                '"' => '"',
                'n' => '\n',
                _ => return None,
            }),
            other => value.push(other),
        }
    }
}

/// Texts in which the characters that matter are frequent.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec!["\\", "\"", "\n", "$", "{", "}", "${", ":-", "n", "a", "\r"])
            .prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Each example would leave its place in the query if it were put in as it is.
#[test]
fn values_stay_values_in_every_language() {
    for (escaping, value, expected) in [
        (
            Escaping::InfluxqlString,
            r"x' OR 'a'='a\",
            r"x\' OR \'a\'=\'a\\",
        ),
        (Escaping::InfluxqlString, "a\nb\"c", "a\\nb\"c"),
        (
            Escaping::SqlString,
            r"x' OR 'a'='a\'",
            r"x'' OR ''a''=''a\''",
        ),
        (
            Escaping::FluxString,
            "a\") |> drop() ${v} $x",
            "a\\\") |> drop() \\${v} $x",
        ),
        (Escaping::FluxString, r"\${v}", r"\\\${v}"),
        (
            Escaping::SignalflowString,
            r#"a'), data("b\"#,
            r#"a\'), data(\"b\\"#,
        ),
        (Escaping::DatadogTag, "a,b}.*{c d", "a_b_.__c_d"),
        (
            Escaping::DatadogTag,
            "eu-1:Shop_2/v1.0\u{e9}",
            "eu-1:Shop_2/v1.0\u{e9}",
        ),
        (
            Escaping::GraphitePath,
            "a.b-1;c=*?{[(,)]}'\"",
            "a.b-1_c____________",
        ),
        (
            Escaping::JsonString,
            "a\"}, {\\b\n\u{1}\u{e9}",
            "a\\\"}, {\\\\b\\n\\u0001\u{e9}",
        ),
        (
            Escaping::AtlasTag,
            "a-1.B_~^,:eq,(\u{e9} )",
            "a-1.B_~^__eq_____",
        ),
        (
            Escaping::Unquoted,
            "app/a:1 b\"'`\\~\n\u{e9}$",
            "app/a:1 b______\u{e9}$",
        ),
        (
            Escaping::UrlPart,
            "a/../b?c#d%e",
            "a%2F%2E%2E%2Fb%3Fc%23d%25e",
        ),
        (Escaping::None, "a'\"", "a'\""),
    ] {
        assert_eq!(escaping.apply(value), expected, "{escaping:?}");
    }
}

/// Renders a text with this value for `v`, and compares: `None` is a value that is refused.
fn check(escaping: Escaping, text: &str, value: &str, expected: Option<&str>) {
    let template = Template::parse(text).unwrap();
    let rendered = template.render(&values(&[("v", value)]), escaping);
    match expected {
        Some(expected) => assert_eq!(rendered.as_deref(), Ok(expected), "{text}"),
        None => {
            let unfit = matches!(&rendered, Err(TemplateError::Unfit { name, .. }) if name == "v");
            assert!(unfit, "{text}: {rendered:?}");
        }
    }
}

/// What a value may be depends on where it stands.
#[test]
fn what_escaping_does_not_protect_is_refused() {
    use Escaping::{
        DynatraceSelector, FluxString, InfluxqlString, JsonString, PromqlString, SignalflowString,
        SqlString, Unquoted, WavefrontFilter,
    };
    for (escaping, text, value, expected) in [
        // Between the quotes that are meant, anything.
        (
            PromqlString,
            "a{b=\"${v}\"}",
            "x\"}",
            Some("a{b=\"x\\\"}\"}"),
        ),
        (
            InfluxqlString,
            "b = '${v}'",
            "x' OR 'a",
            Some("b = 'x\\' OR \\'a'"),
        ),
        // Outside of quotes, plain words.
        (
            PromqlString,
            "${v}{a=\"b\"}",
            "job:up:rate5m",
            Some("job:up:rate5m{a=\"b\"}"),
        ),
        (PromqlString, "a[${v}]", "1h30m", Some("a[1h30m]")),
        (PromqlString, "a > ${v}", "-0.5", Some("a > -0.5")),
        (PromqlString, "${v}{a=\"b\"}", "up or up", None),
        (PromqlString, "sum(${v})", "up)+vector(1", None),
        (
            InfluxqlString,
            "${v} = 'x'",
            "version",
            Some("version = 'x'"),
        ),
        (InfluxqlString, "${v} = 'x'", "a = 'b' OR version", None),
        (InfluxqlString, "${v} = 'x'", "--", None),
        (
            SqlString,
            "${v} = 'it''s'",
            "version",
            Some("version = 'it''s'"),
        ),
        (SqlString, "a = 'it''s' AND ${v} = 1", "1 OR 1", None),
        (
            FluxString,
            "range(start: ${v})",
            "-1h",
            Some("range(start: -1h)"),
        ),
        (FluxString, "range(start: ${v})", "0) |> drop(", None),
        (
            SignalflowString,
            "data('a').${v}()",
            "mean",
            Some("data('a').mean()"),
        ),
        (SignalflowString, "data('a').${v}()", "mean().publish", None),
        (JsonString, "{\"size\": ${v}}", "5", Some("{\"size\": 5}")),
        (JsonString, "{\"size\": ${v}}", "5, \"x\": 1", None),
        (
            Unquoted,
            "${v} LIKE 'x'",
            "tags.app",
            Some("tags.app LIKE 'x'"),
        ),
        (Unquoted, "${v} LIKE 'x'", "1=1 OR a", None),
        (
            WavefrontFilter,
            "ts(cpu, ${v})",
            "app=shop-*",
            Some("ts(cpu, app=shop-*)"),
        ),
        (WavefrontFilter, "ts(cpu, ${v})", "app=a or app=b", None),
        (WavefrontFilter, "ts(cpu, ${v})", "a=b) + ts(cpu", None),
        // No operators: `m/m` would be 1 on both sides.
        (PromqlString, "rate(${v}[5m])", "m/m", None),
        (PromqlString, "rate(${v}[5m])", "m-m", None),
        (PromqlString, "${v}", "m-1", None),
        (PromqlString, "${v}", "-m", None),
        (PromqlString, "a${v}", "-1", None),
        (PromqlString, "a > ${v}", "1e-5", Some("a > 1e-5")),
        (PromqlString, "a offset ${v}", "-5m", Some("a offset -5m")),
        (InfluxqlString, "SELECT mean(${v})", "m/m", None),
        (InfluxqlString, "SELECT mean(${v})", "m-m", None),
        (SqlString, "SELECT ${v}", "m-m", None),
        (SqlString, "SELECT 1 -${v}", "-1", None),
        (SignalflowString, "data('a').${v}()", "a-b", None),
        (Unquoted, "SELECT ${v}", "m/m", None),
        (Unquoted, "SELECT ${v}", "m-m", None),
        (FluxString, "a(v: ${v})", "m-m", None),
        (
            FluxString,
            "range(start: ${v})",
            "2026-01-02T03:04:05Z",
            Some("range(start: 2026-01-02T03:04:05Z)"),
        ),
        // Names with dashes, where the language has them.
        (
            DynatraceSelector,
            "${v}:avg",
            "ext:my-metric",
            Some("ext:my-metric:avg"),
        ),
        (DynatraceSelector, "${v}:avg", "m/m", None),
        (
            WavefrontFilter,
            "ts(${v})",
            "cpu/load-1m",
            Some("ts(cpu/load-1m)"),
        ),
        (JsonString, "{\"size\": ${v}}", "-5", Some("{\"size\": -5}")),
        // Between other quotes, whatever does not end them.
        (PromqlString, "a{b='${v}'}", "it\\s", Some("a{b='it\\\\s'}")),
        (PromqlString, "a{b='${v}'}", "it's", None),
        // Prometheus takes no `\"` between single quotes.
        (PromqlString, "a{b='${v}'}", "a\"b", Some("a{b='a\"b'}")),
        (PromqlString, "a{b=`${v}`}", "a\\\"b", Some("a{b=`a\\\"b`}")),
        (PromqlString, "a{b=`${v}`}", "`", None),
        (
            InfluxqlString,
            "\"${v}\" = 'x'",
            "a b",
            Some("\"a b\" = 'x'"),
        ),
        (InfluxqlString, "\"${v}\" = 'x'", "a\" = '' OR \"b", None),
        (
            InfluxqlString,
            "a =~ /^${v} .*$/",
            "x y",
            Some("a =~ /^x y .*$/"),
        ),
        (InfluxqlString, "a =~ /^${v}$/", "x$/ OR a =~ /", None),
        (FluxString, "r.a =~ /${v}/", "a/", None),
        // Quotes in comments and escaped quotes begin and end nothing.
        (PromqlString, "a # don't\n > ${v}", "0 or a", None),
        (
            PromqlString,
            "a{b=\"\\\"\",c=\"${v}\"}",
            "x y",
            Some("a{b=\"\\\"\",c=\"x y\"}"),
        ),
        (PromqlString, "a{b=\"\\${v}\"}", "\" or \"", None),
        (SqlString, "a = 1 -- don't\n AND ${v} = 2", "1 OR 1", None),
        (SqlString, "a = 1 /* don't */ AND ${v} = 2", "1 OR 1", None),
        (PromqlString, "a{b=\"${w:-\"}${v}", "x y", None),
    ] {
        check(escaping, text, value, expected);
    }
}

/// The signs of exponents, dates and offsets would be operators right after a name.
#[test]
fn a_sign_is_part_of_a_value_only_where_it_stands_apart() {
    use Escaping::{DynatraceSelector, FluxString, JsonString, PromqlString, SqlString};
    for (escaping, joined, apart, value) in [
        (PromqlString, "cpu_${v}", "cpu > ${v}", "1e-5"),
        (PromqlString, "cpu_${v}", "cpu > ${v}", "1.5e+5"),
        (PromqlString, "1${v}", "vector(${v})", "1E-5"),
        (PromqlString, "job:${v}", "cpu == ${v}", "-5"),
        (PromqlString, "job:${v}", "cpu == ${v}", "1e-5"),
        (SqlString, "SELECT m${v}", "SELECT ${v}", "1e-5"),
        (FluxString, "x${v}", "f(x:${v})", "1e-5"),
        (FluxString, "x${v}", "range(start: ${v})", "2026-01-02"),
        (
            FluxString,
            "x${v}",
            "range(start:${v})",
            "2026-01-02T00:00:00+01:00",
        ),
        (
            FluxString,
            "x${v}",
            "range(start: ${v})",
            "2026-01-02T03:04:05.5-08:00",
        ),
    ] {
        check(escaping, joined, value, None);
        check(escaping, apart, value, Some(&apart.replace("${v}", value)));
    }
    // The signs of times are those of Flux, and of whole times.
    for (escaping, value) in [
        (PromqlString, "2026-01-02"),
        (PromqlString, "2026-01-02T00:00:00+01:00"),
        (FluxString, "2026-01-02T00:00:00+x"),
        (FluxString, "2026-01-02T00:00:00+01:00[+01:00]"),
        (FluxString, "m+m"),
        (FluxString, "+5"),
        (PromqlString, "1+1"),
        (PromqlString, "1e-5-m"),
    ] {
        check(escaping, "f(${v})", value, None);
    }
    // Without a sign a number can be a part of a name, and a dash in a name is none.
    check(PromqlString, "cpu_${v}", "15", Some("cpu_15"));
    check(PromqlString, "job:${v}", "rate5m", Some("job:rate5m"));
    check(PromqlString, "a[1h:${v}]", "5m", Some("a[1h:5m]"));
    check(DynatraceSelector, "ext:${v}", "m-1", Some("ext:m-1"));
    check(JsonString, "{\"size\":${v}}", "-5", Some("{\"size\":-5}"));
}

/// In a comment a value is read by people alone, as long as it does not end the comment.
#[test]
fn a_value_in_a_comment_is_any_text_that_stays_there() {
    use Escaping::{
        FluxString, InfluxqlString, NrqlString, PromqlString, SignalflowString, SqlString, Unquoted,
    };
    for (escaping, text) in [
        (PromqlString, "# errors of ${v}\nsum(a)"),
        (PromqlString, "sum(a)\n # of ${v}"),
        (PromqlString, "# don't \"\r\n#${v}\r\nsum(a)"),
        (SignalflowString, "data('a').publish()\n# ${v}"),
        (InfluxqlString, "-- of ${v}\nSELECT a"),
        (InfluxqlString, "/* of ${v} */ SELECT a"),
        (SqlString, "SELECT a\n-- of ${v}"),
        (SqlString, "SELECT a\n/* of ${v} */ FROM b"),
        (FluxString, "a()\n  // of ${v}\n|> b()"),
        (NrqlString, "SELECT a FROM b\n// of ${v}"),
        (NrqlString, "SELECT a FROM b\n-- of ${v}"),
    ] {
        for value in [
            "my-app-v2",
            "team/app",
            "it's \"1\" \\ or 1\tmore",
            "caf\u{e9}",
        ] {
            check(escaping, text, value, Some(&text.replace("${v}", value)));
        }
        let block = text.contains("/*");
        let ending: &[&str] = if block {
            &["a*/b", "a/*b", "/a", "a/", "*", "a\0b"]
        } else {
            &["a\nb", "a\r", "a\u{2028}b", "a\u{85}b", "a\0b"]
        };
        for value in ending {
            check(escaping, text, value, None);
        }
    }
    // What only looks like a comment is none, and what may only look so counts as none.
    for (escaping, text) in [
        (PromqlString, "sum(a) # of ${v}"),
        (SqlString, "SELECT $$ -- ${v} $$"),
        (SqlString, "SELECT E'it\\'s -- ${v}'"),
        (PromqlString, "a{b=\"#\"} > ${v}"),
        (PromqlString, "# a\n${v}"),
        (PromqlString, "# a\r${v}"),
        (SqlString, "SELECT /*/ a */ ${v}"),
        (SqlString, "SELECT /* a */* ${v}"),
        (SqlString, "SELECT '--', ${v}"),
        (
            InfluxqlString,
            "SELECT a FROM /b--c/ WHERE d = '1' AND ${v}",
        ),
        (InfluxqlString, "SELECT a FROM /b\\/*/ WHERE ${v}"),
        (FluxString, "f(r: /http:\\/\\//, v: ${v})"),
        (Unquoted, "a --${v}"),
    ] {
        check(escaping, text, "team/app", None);
        check(escaping, text, "a b", None);
    }
    // A comment has no place of its own there, and still ends.
    check(
        SqlString,
        "SELECT /*/ ' */ '${v}'",
        "a'b",
        Some("SELECT /*/ ' */ 'a''b'"),
    );
}

proptest! {
    #[test]
    fn no_text_makes_parsing_or_rendering_panic(text in nasty(), value in nasty()) {
        if let Ok(template) = Template::parse(&text) {
            let none = template.render(&BTreeMap::new(), Escaping::PromqlString);
            prop_assert_eq!(none.is_ok(), template.required().next().is_none());
            let some = template.render_with(|_| Some(value.as_str()), Escaping::PromqlString);
            let is_fine = matches!(some, Ok(_) | Err(TemplateError::Unfit { .. }));
            prop_assert!(is_fine, "{some:?}");
        }
    }

    #[test]
    fn a_value_never_leaves_the_quotes_around_it(value in nasty(), quote in prop::sample::select(vec!['"', '\'', '`'])) {
        let template = Template::parse(&format!("x{{v={quote}${{v}}{quote}}} > 1")).unwrap();
        if let Ok(text) = template.render(&values(&[("v", &value)]), Escaping::PromqlString) {
            let string = text.strip_prefix("x{v=").unwrap();
            let inside = string.strip_suffix(&format!("{quote}}} > 1")).unwrap();
            let mut inside = inside.chars().skip(1);
            while let Some(character) = inside.next() {
                prop_assert_ne!(character, quote, "{}", text);
                if character == '\\' && quote != '`' {
                    prop_assert!(inside.next().is_some(), "{}", text);
                }
            }
        } else {
            prop_assert!(value.contains(quote) && quote != '"');
        }
    }

    #[test]
    fn an_escaped_value_stays_inside_its_string(value in nasty()) {
        let template = Template::parse("x{v=\"${v}\"} > 1").unwrap();
        let text = template.render(&values(&[("v", &value)]), Escaping::PromqlString).unwrap();
        let string = text.strip_prefix("x{v=").unwrap();
        prop_assert_eq!(read_promql_string(string), Some((value, "} > 1")));
    }

    #[test]
    fn doubling_the_dollar_before_a_brace_gives_any_text_back(text in nasty()) {
        let escaped = text.replace("${", "$${");
        let unescaped = Template::parse(&escaped).and_then(|t| t.render(&BTreeMap::new(), Escaping::None));
        prop_assert_eq!(unescaped, Ok(text));
    }

    #[test]
    fn values_are_not_templates(value in nasty()) {
        let rendered = render("${a}", &[("a", &value)]);
        prop_assert_eq!(rendered, Ok(value));
    }
}
