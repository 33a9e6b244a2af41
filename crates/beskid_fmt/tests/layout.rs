//! What the layout looks like: each program beside what becomes of it.

mod claims;

use claims::{Claimed, claim, format};

/// A text and its layout.
#[track_caller]
fn becomes(text: &str, expected: &str) {
    let formatted = format(text).expect("a program without syntax errors");
    assert_eq!(formatted, expected, "\n--- is\n{formatted}\n--- should be\n{expected}");
    assert_eq!(claim(text), Ok(Claimed::Formatted));
}

/// Statements and their layout in a function.
#[track_caller]
fn statements(text: &str, expected: &str) {
    let inside: String = expected
        .lines()
        .map(|line| match line.is_empty() {
            true => "\n".to_owned(),
            false => format!("    {line}\n"),
        })
        .collect();
    becomes(&format!("unit f() {{\n{text}\n}}"), &format!("unit f() {{\n{inside}}}\n"));
}

/// A layout that stays as it is.
#[track_caller]
fn stays(text: &str) {
    becomes(text, text);
}

#[test]
fn blanks_between_tokens() {
    statements(
        "let  x=a+b*-c;y  .  f ( 1,2 ) ;\tz[ 0 ]+=- -1;s>>=2;b=!c&&~d==e;",
        "let x = a + b * -c;\ny.f(1, 2);\nz[0] += - -1;\ns >>= 2;\nb = !c && ~d == e;",
    );
    becomes(
        "pub   i32 F <T:A&B,U> ( ref  T a,out i32 b )=>cast < i32 >( a ) ;type  P<T>:A,B{i32 x,}",
        "pub i32 F<T : A & B, U>(ref T a, out i32 b) => cast<i32>(a);\n\
         type P<T> : A, B { i32 x }\n",
    );
    becomes(
        "attribute A ( TypeDeclaration ) { x :string=\"a\" }\n[ A( x :\"b\" ) ]enum E{ A ( i32 a ),B,}",
        "attribute A(TypeDeclaration) { x: string = \"a\" }\n[A(x: \"b\")] enum E { A(i32 a), B }\n",
    );
    becomes("type W{event { 4 }E( ),event F(i32 a)}", "type W { event{4} E(), event F(i32 a) }\n");
    becomes("use  A . B  as C;mod A.B;", "use A.B as C;\nmod A.B;\n");
    statements(
        "match x{'a'..'z'=>1,- 9 .. 9=>2,A.B::C( x,_ )|D::E=>3,File  f when f.Is( )=>4}",
        "match x { 'a'..'z' => 1, -9..9 => 2, A.B::C(x, _) | D::E => 3, File f when f.Is() => 4 }",
    );
}

#[test]
fn function_types_are_written_with_an_arrow() {
    becomes(
        "type A = (i32)=>i32;\ntype B = i32(string, u8);\ntype C = i32(u8)[];\ntype D = i32()(u8);\n",
        "type A = (i32) -> i32;\ntype B = (string, u8) -> i32;\ntype C = ((u8) -> i32)[];\n\
         type D = (u8) -> () -> i32;\n",
    );
    // A comment does not move.
    stays("type A = i32(/* of */ u8);\n");
    becomes("// c\ntype A = i32(u8);", "// c\ntype A = (u8) -> i32;\n");
}

#[test]
fn what_was_on_one_line_stays_there_if_it_fits() {
    stays("unit f() { g(); }\n");
    stays("unit f() { g(); h() }\n");
    becomes("unit f() { g(); h(); i(); }", "unit f() {\n    g();\n    h();\n    i();\n}\n");
    stays("impl A { i32 B() => 1; }\n");
    stays("contract A { B; i32 C(); }\n");
    stays("type A {\n    i32 x,\n}\n");
    stays("enum A {\n    B,\n\n    /// Last.\n    C,\n}\n");
    statements("if a { b } else { c }", "if a { b } else { c }");
    statements("if a { b; } else {\nc; }", "if a {\n    b;\n} else {\n    c;\n}");
    statements("if a { b; }\nelse { c; }", "if a {\n    b;\n} else {\n    c;\n}");
    statements(
        "match a { 1 => { b; } _ => {\n c; } }",
        "match a {\n    1 => { b; }\n    _ => {\n        c;\n    }\n}",
    );
    statements("let p = Point {\nx: 1, y: 2 };", "let p = Point {\n    x: 1, y: 2,\n};");
}

#[test]
fn what_does_not_fit_is_broken_from_outside() {
    let long = "a_name_of_twenty_byte";
    statements(
        &format!("f({long}, {long}, {long}, {long}, {long});"),
        &format!("f(\n    {long},\n    {long},\n    {long},\n    {long},\n    {long},\n);"),
    );
    statements(
        &format!("let x = {long} + {long} * {long} + {long} - {long} + {long};"),
        &format!(
            "let x = {long}\n    + {long} * {long}\n    + {long}\n    - {long}\n    + {long};"
        ),
    );
    statements(
        &format!("if {long} == {long} || {long} && {long} || {long} {{ f(); }}"),
        &format!("if {long} == {long}\n    || {long} && {long}\n    || {long}\n{{\n    f();\n}}"),
    );
    becomes(
        &format!("i32 F(i32 {long}, i32 {long}, string {long}, string {long}) => 1;"),
        &format!(
            "i32 F(\n    i32 {long},\n    i32 {long},\n    string {long},\n    string {long},\n) => 1;\n"
        ),
    );
    statements(
        &format!("let a_value_with_a_name_of_its_own = Call({long}, {long}, {long});"),
        &format!("let a_value_with_a_name_of_its_own =\n    Call({long}, {long}, {long});"),
    );
    statements(
        &format!("let point = Point {{ first: {long}, second: {long}, third: {long} }};"),
        &format!(
            "let point = Point {{\n    first: {long},\n    second: {long},\n    third: {long},\n}};"
        ),
    );
}

#[test]
fn last_arguments_go_on_over_lines() {
    statements("f(1, x => {\ng(x); });", "f(1, x => {\n    g(x);\n});");
    statements("a.b(match x {\n1 => 2, _ => 3 });", "a.b(match x {\n    1 => 2,\n    _ => 3,\n});");
    statements("f(x => {\ng(x); }, 1);", "f(\n    x => {\n        g(x);\n    },\n    1,\n);");
    let long = "a_name_of_twenty_byte";
    statements(
        &format!("list.Add(Point {{ x: {long}, y: {long}, z: {long}, w: 12345 }});"),
        &format!(
            "list.Add(Point {{\n    x: {long},\n    y: {long},\n    z: {long},\n    w: 12345,\n}});"
        ),
    );
    // A text that is too long for any line stays.
    let text = "x".repeat(120);
    statements(&format!("f(\"{text}\");"), &format!("f(\"{text}\");"));
}

#[test]
fn chains_of_calls() {
    statements("let x = a\n.b()\n.c();", "let x = a.b()\n    .c();");
    statements(
        "let sum = range(0, 10)\n  .Where(x => x > 1)\n .Sum();",
        "let sum = range(0, 10)\n    .Where(x => x > 1)\n    .Sum();",
    );
    statements("let x = a.b().c();", "let x = a.b().c();");
    let long = "a_name_of_twenty_byte";
    statements(
        &format!("values.Where(x => x > {long}).Select(x => x + {long}).First({long}).Last(1);"),
        &format!(
            "values\n    .Where(x => x > {long})\n    .Select(x => x + {long})\n    .First({long})\n    .Last(1);"
        ),
    );
    statements(
        "this.items.Where(p).Each(x => {\nf(x); });",
        "this.items.Where(p).Each(x => {\n    f(x);\n});",
    );
}

#[test]
fn arrays_keep_their_rows() {
    statements("let a = [\n1,2,\n3,4];", "let a = [\n    1, 2,\n    3, 4,\n];");
    statements("let a = [1,\n2];", "let a = [1, 2];");
    let many = (100..130).map(|n| n.to_string()).collect::<Vec<_>>();
    let line = |range: std::ops::Range<usize>| format!("    {},\n", many[range].join(", "));
    statements(
        &format!("let a = [{}];", many.join(", ")),
        &format!("let a = [\n{}{}];", line(0..18), line(18..30)),
    );
}

#[test]
fn comments_stay_where_they_are() {
    statements(
        "a(); // first\n// second\n\n\n// third\nb();",
        "a(); // first\n// second\n\n// third\nb();",
    );
    statements("f(a, // first\nb // second\n);", "f(\n    a, // first\n    b, // second\n);");
    statements("f(a /* x */, /* y */ b);", "f(a /* x */, /* y */ b);");
    statements("if a {\n} // why\nelse {\n}", "if a {} // why\nelse {}");
    statements(
        "if a {\nb; }\n// why\nelse {\nc; }",
        "if a {\n    b;\n}\n// why\nelse {\n    c;\n}",
    );
    statements("{\n// only\n}", "{\n    // only\n}");
    statements("f(/* nothing */);", "f(/* nothing */);");
    statements("return // now\nx;", "return // now\nx;");
    statements("let x = // why\n1;", "let x = // why\n    1;");
    statements("x = a // first\n+ b // second\n;", "x = a // first\n    + b; // second");
    becomes(
        "/// Doc.\n[A] /* a */ // b\n/// More.\npub type T { /// A field.\ni32 x, // last\n}",
        "/// Doc.\n[A] /* a */ // b\n/// More.\npub type T {\n    /// A field.\n    i32 x, // last\n}\n",
    );
    becomes("enum E { A, // one\nB // two\n}", "enum E {\n    A, // one\n    B, // two\n}\n");
    statements(
        "match x { // head\n1 => 2, // arm\n// before\n_ => 3 // last\n// end\n};",
        "match x { // head\n    1 => 2, // arm\n    // before\n    _ => 3, // last\n    // end\n};",
    );
}

#[test]
fn empty_lines_are_kept_one_at_a_time() {
    statements("\n\na();\n\n\n\nb();\nc();\n\n", "a();\n\nb();\nc();");
    becomes("type A {\n\ni32 a,\n\n\ni32 b\n\n}\n", "type A {\n    i32 a,\n\n    i32 b,\n}\n");
    becomes("use A;\nuse B;\n\n\nunit f() {}\n\n", "use A;\nuse B;\n\nunit f() {}\n");
}

#[test]
fn tests_keep_their_sections() {
    becomes(
        "test A{meta{tags=\"a\";}skip {\ncondition=true;reason=\"b\"; }f();}",
        "test A {\n    meta { tags = \"a\"; }\n    skip {\n        condition = true;\n        \
         reason = \"b\";\n    }\n    f();\n}\n",
    );
    stays("test A { f(); }\n");
    becomes("test A { f(); meta {} }", "test A {\n    f();\n    meta {}\n}\n");
}
