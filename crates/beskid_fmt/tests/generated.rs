//! Programs that nobody wrote: every form of the grammar within every other, as they were made and with
//! other gaps between their tokens. They need not make sense; that they parse is enough.

mod claims;

use claims::mangle::{Gaps, mangle};
use claims::{Claimed, Random, claim, on_large_stack};

struct Generator {
    random: Random,
    /// How much deeper the program may still become.
    fuel: usize,
}

impl Generator {
    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.random.below(choices.len())]
    }

    fn name(&mut self) -> String {
        self.one_of(&["x", "value", "aRatherLongNameOfSomething", "i", "this_one", "b2"]).to_owned()
    }

    fn type_name(&mut self) -> String {
        self.one_of(&["T", "Shape", "List", "Collections.Map", "AVeryLongNameOfAType"]).to_owned()
    }

    fn list(&mut self, most: usize, mut each: impl FnMut(&mut Self) -> String) -> String {
        let count = self.random.below(most + 1);
        let parts: Vec<String> = (0..count).map(|_| each(self)).collect();
        parts.join(", ") + if count > 0 && self.random.below(4) == 0 { "," } else { "" }
    }

    fn some(&mut self, most: usize, mut each: impl FnMut(&mut Self) -> String) -> String {
        let count = 1 + self.random.below(most);
        (0..count).map(|_| each(self)).collect::<Vec<_>>().join(", ")
    }

    /// Whether there is fuel for a form with parts; takes it.
    fn deeper(&mut self) -> bool {
        self.fuel = self.fuel.saturating_sub(1);
        self.fuel > 0
    }

    fn ty(&mut self) -> String {
        // Types are to be small beside the rest.
        self.fuel = self.fuel.saturating_sub(4);
        if !self.deeper() {
            return self.one_of(&["i32", "string", "T"]).to_owned();
        }
        match self.random.below(9) {
            0 => format!("{}[]", self.ty()),
            1 => format!("{}<{}>", self.type_name(), self.some(3, Self::ty)),
            2 => format!("({}) -> {}", self.list(2, Self::ty), self.ty()),
            3 => format!("({}) => {}", self.list(2, Self::ty), self.ty()),
            4 => format!("{}({})", self.type_name(), self.list(2, Self::ty)),
            5 => format!("(({}) -> {})[]", self.list(2, Self::ty), self.ty()),
            6 => format!("{}({})[]", self.type_name(), self.list(2, Self::ty)),
            _ => self.one_of(&["i32", "string", "u8", "T"]).to_owned(),
        }
    }

    fn block(&mut self) -> String {
        let count = self.random.below(4);
        let mut out = "{ ".to_owned();
        for _ in 0..count {
            out += &self.statement();
            out += self.one_of(&[" ", " ", "\n", "\n\n"]);
        }
        if self.random.below(3) == 0 {
            out += &self.operand();
        }
        out + " }"
    }

    fn statement(&mut self) -> String {
        if !self.deeper() {
            return "f();".to_owned();
        }
        match self.random.below(14) {
            0 => format!("let {} = {};", self.name(), self.expr()),
            1 => format!("let mut {} = {};", self.name(), self.expr()),
            2 => format!("{} {} = {};", self.ty(), self.name(), self.expr()),
            3 => format!("{} mut {} = {};", self.ty(), self.name(), self.expr()),
            4 => {
                let op = self.one_of(&["=", "+=", ">>=", "<<=", "|=", "-="]);
                format!("{} {op} {};", self.name(), self.expr())
            }
            5 => format!("_ = {};", self.expr()),
            6 => format!("while {} {}", self.head(), self.block()),
            7 => format!("for {} in {} {}", self.name(), self.head(), self.block()),
            8 => self.if_expr(),
            9 => self.match_expr(),
            10 => self.block(),
            11 => ";".to_owned(),
            12 => format!("return {};", self.expr()),
            _ => format!("{}.f({});", self.name(), self.arguments()),
        }
    }

    /// What may stand before `{`.
    fn head(&mut self) -> String {
        match self.random.below(3) {
            0 => format!("{} < {} && ({})", self.name(), self.name(), self.expr()),
            1 => format!("({})", self.expr()),
            _ => format!("{}.Is({})", self.name(), self.arguments()),
        }
    }

    fn if_expr(&mut self) -> String {
        let mut out = format!("if {} {}", self.head(), self.block());
        for _ in 0..self.random.below(3) {
            out += &format!(" else if {} {}", self.head(), self.block());
        }
        if self.random.below(2) == 0 {
            out += &format!(" else {}", self.block());
        }
        out
    }

    fn match_expr(&mut self) -> String {
        let count = self.random.below(4);
        let mut out = format!("match {} {{ ", self.head());
        for _ in 0..count {
            out += &self.pattern();
            if self.random.below(4) == 0 {
                out += &format!(" when {} > 1", self.name());
            }
            out += " => ";
            out += &match self.random.below(4) {
                0 => self.block() + self.one_of(&["", ","]),
                1 => self.if_expr() + ",",
                _ => self.expr() + ",",
            };
            out += self.one_of(&[" ", " ", "\n", "\n\n"]);
        }
        out + "}"
    }

    fn pattern(&mut self) -> String {
        if !self.deeper() {
            return "_".to_owned();
        }
        match self.random.below(8) {
            0 => format!("Shape::Some({})", self.list(3, Self::pattern)),
            1 => format!("{} | {}", self.alternative(), self.alternative()),
            2 => format!("{} {}", self.type_name(), self.name()),
            _ => self.alternative(),
        }
    }

    fn alternative(&mut self) -> String {
        self.one_of(&["A.B::C", "-1", "'a'..'z'", "-9..9", "\"t\"", "true", "E::V(_, x)", "x", "7"])
            .to_owned()
    }

    fn arguments(&mut self) -> String {
        self.list(4, |cx| match cx.random.below(8) {
            0 => format!("out {}", cx.name()),
            1 => format!("ref {}", cx.name()),
            _ => cx.expr(),
        })
    }

    fn expr(&mut self) -> String {
        if !self.deeper() {
            return self.one_of(&["1", "x", "this", "\"text\"", "()"]).to_owned();
        }
        match self.random.below(10) {
            0 | 1 => {
                let op =
                    self.one_of(&["+", "-", "*", "/", "%", "&&", "||", "&", "|", "^", "<<", ">>"]);
                format!("{} {op} {}", self.operand(), self.operand())
            }
            2 => {
                let op = self.one_of(&["==", "!=", "===", "!==", "<", "<=", ">", ">="]);
                format!("{} {op} {}", self.operand(), self.operand())
            }
            3 => {
                let op = self.one_of(&["+", "&&", "||"]);
                let parts: Vec<String> =
                    (0..4 + self.random.below(4)).map(|_| self.operand()).collect();
                parts.join(&format!(" {op} "))
            }
            4 => format!("{} => {}", self.name(), self.expr()),
            5 => {
                let parameters = self.list(3, |cx| match cx.random.below(3) {
                    0 => cx.name(),
                    1 => format!("{} {}", cx.ty(), cx.name()),
                    _ => format!("{} mut {}", cx.ty(), cx.name()),
                });
                let body = if self.random.below(2) == 0 { self.block() } else { self.expr() };
                format!("({parameters}) => {body}")
            }
            _ => self.operand(),
        }
    }

    fn operand(&mut self) -> String {
        if !self.deeper() {
            return self.one_of(&["1", "x", "this", "\"text\"", "1.5e3", "'c'"]).to_owned();
        }
        match self.random.below(16) {
            0 => format!("({})", self.expr()),
            1 => format!("[{}]", self.list(6, Self::expr)),
            2 => {
                let fields = self.list(4, |cx| format!("{}: {}", cx.name(), cx.expr()));
                format!("{} {{ {fields} }}", self.type_name())
            }
            3 => format!("Option::Some({})", self.arguments()),
            4 => format!("{}{}", self.one_of(&["-", "!", "~", "- - ", "!!"]), self.name()),
            5 => format!("({})", self.if_expr()),
            6 => format!("({})", self.match_expr()),
            7 => format!("\"a ${{{}}} and ${{{}}}\"", self.expr(), self.expr()),
            8 => format!("{}<{}>({})", self.type_name(), self.some(2, Self::ty), self.arguments()),
            9 => format!("{}[{}]", self.name(), self.expr()),
            10 => format!("{}?.x", self.name()),
            11 | 12 => {
                let mut out = self.name();
                for _ in 0..1 + self.random.below(5) {
                    out += &format!(".Method({})", self.arguments());
                    out += self.one_of(&["", "", "?", "[0]", ".field", "\n"]);
                }
                out
            }
            _ => self.one_of(&["x", "100", "aRatherLongNameOfSomething", "\"text\""]).to_owned(),
        }
    }

    fn parameters(&mut self) -> String {
        self.list(4, |cx| {
            let before = cx.one_of(&["", "", "", "ref ", "out ", "[A(b: 1)] ", "/// Doc.\n"]);
            let mutable = cx.one_of(&["", "", "mut "]);
            let mutable = if before.is_empty() { mutable } else { "" };
            format!("{before}{} {mutable}{}", cx.ty(), cx.name())
        })
    }

    fn function(&mut self) -> String {
        let generic = self.one_of(&["", "", "<T>", "<T : Comparable & Key, U>"]);
        let head = format!("{} F{generic}({})", self.ty(), self.parameters());
        match self.random.below(2) {
            0 => format!("{head} => {};", self.expr()),
            _ => format!("{head} {}", self.block()),
        }
    }

    fn item(&mut self) -> String {
        let before = self.one_of(&["", "pub ", "[A]\npub ", "[A(b: \"c\")] ", "/// Doc.\n"]);
        let item = match self.random.below(11) {
            0 => {
                let fields = self.list(4, |cx| match cx.random.below(4) {
                    0 => format!("event{{4}} E({})", cx.parameters()),
                    1 => format!("/// A field.\n{} {}", cx.ty(), cx.name()),
                    _ => format!("{} {}", cx.ty(), cx.name()),
                });
                format!("type P<T> : A, B<i32> {{ {fields} }}")
            }
            1 => format!("type Alias<T> = {};", self.ty()),
            2 => {
                let variants = self.list(5, |cx| match cx.random.below(3) {
                    0 => cx.name(),
                    1 => format!("{}({})", cx.name(), cx.some(2, Self::ty)),
                    _ => format!("{}({} a, {} b)", cx.name(), cx.ty(), cx.ty()),
                });
                format!("enum E {{ {variants} }}")
            }
            3 => format!("contract C {{ Reader; {} M({}); }}", self.ty(), self.parameters()),
            4 => {
                let target = self.one_of(&["P", "P<T>", "P<T : C, U>", "T[]", "(T : C)[]", "A.B"]);
                let methods: Vec<String> =
                    (0..self.random.below(3)).map(|_| self.function()).collect();
                let methods = methods.join("\n");
                return format!("impl {target} {{ {methods} }}");
            }
            5 => format!("const i32 N = {};", self.expr()),
            6 => {
                let sections =
                    self.one_of(&["", "meta { tags = \"a\"; }", "skip { a = 1; b = x; }"]);
                let block = self.block();
                return format!("test T {{ {sections} {} ", &block[1..]);
            }
            7 => "attribute A(TypeDeclaration, FieldDeclaration) { a: string = \"b\", c: i32 }"
                .to_owned(),
            8 => format!("mod M {{ {} }}", self.function()),
            9 => "use A.B.C as D;".to_owned(),
            _ => self.function(),
        };
        format!("{before}{item}")
    }

    fn program(&mut self) -> String {
        let mut out = String::new();
        for _ in 0..1 + self.random.below(4) {
            self.fuel = 5 + self.random.below(120);
            out += &self.item();
            out += self.one_of(&["\n", "\n\n", " "]);
        }
        out
    }
}

const COUNT: u64 = 800;

#[test]
fn programs_that_nobody_wrote_keep_their_meaning() {
    on_large_stack(|| {
        let mut formatted = 0;
        for seed in 0..COUNT {
            let mut generator = Generator { random: Random::new(seed), fuel: 0 };
            let program = generator.program();
            let gaps = [Gaps::Blanks, Gaps::SomeComments, Gaps::ManyComments];
            let texts = gaps.map(|gaps| mangle(&program, &mut generator.random, gaps));
            for text in std::iter::once(program).chain(texts) {
                match claim(&text) {
                    Ok(Claimed::Formatted) => formatted += 1,
                    Ok(Claimed::Refused) => {}
                    Err(wrong) => panic!("seed {seed}: {wrong}"),
                }
            }
        }
        assert!(formatted > 2 * COUNT, "{formatted} of {} could be parsed", 4 * COUNT);
    });
}
