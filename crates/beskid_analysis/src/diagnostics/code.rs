//! The registry of diagnostic codes: number, name, severity, summary, page, once.
//!
//! *Invariants.* Every code has its page in `docs/codes/`, which the compiler carries: a code without one does
//! not compile. Numbers in language.md and tools.md §3.5 are fixed; the others were assigned here and never
//! change their meaning.

/// How bad a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// The program is still what its author meant, probably.
    Warning,
    /// The program cannot be compiled.
    Error,
}

macro_rules! codes {
    ($($variant:ident = $number:literal $name:literal $summary:literal;)*) => {
        /// A stable diagnostic code.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $(#[doc = $summary] $variant,)*
        }

        impl Code {
            /// Every code, ascending.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Letter and number: `E1214`.
            #[must_use]
            pub const fn number(self) -> &'static str {
                match self { $(Self::$variant => $number,)* }
            }

            /// Kebab-case name: `assign-immutable`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One line that says what the code is for.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }

            /// The text of `docs/codes/E1214.md`; see [`Page`](super::Page).
            #[must_use]
            pub const fn page_text(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(
                        concat!("../../../../docs/codes/", $number, ".md")
                    ),)*
                }
            }

            /// Errors begin with `E`, warnings with `W`.
            #[must_use]
            pub const fn severity(self) -> Severity {
                if self.number().as_bytes()[0] == b'E' { Severity::Error } else { Severity::Warning }
            }
        }
    };
}

codes! {
    FileNotFound = "E0001" "file-not-found" "A source file is missing.";
    FileUnreadable = "E0002" "file-unreadable" "A source file cannot be read.";
    InvalidUtf8 = "E0003" "invalid-utf8" "A source file is not UTF-8.";
    NotAFile = "E0004" "not-a-file" "A directory or device stands where a source file is expected.";
    SourceTooLarge = "E0005" "source-too-large" "The sources exceed 4 GiB.";
    NoEntryFile = "E0006" "no-entry-file" "A folder without a `Main.bd`.";
    NotSupported = "E0090" "not-supported" "A part of the language that this version of the compiler does not compile yet.";
    UnexpectedCharacter = "E0101" "unexpected-character" "A character that begins no token.";
    UnterminatedString = "E0102" "unterminated-string" "A string without closing quote.";
    UnterminatedComment = "E0103" "unterminated-comment" "A block comment without its end.";
    InvalidEscape = "E0104" "invalid-escape" "An unknown or malformed escape in a string or char.";
    InvalidChar = "E0105" "invalid-char" "A char literal that is not exactly one Unicode scalar value.";
    InvalidNumber = "E0106" "invalid-number" "A malformed number.";
    UnexpectedToken = "E0110" "unexpected-token" "A token where the grammar expects another.";
    UnclosedDelimiter = "E0111" "unclosed-delimiter" "An opening bracket without its partner.";
    ChainedComparison = "E0112" "chained-comparison" "Comparison operators do not chain.";
    NestingTooDeep = "E0113" "nesting-too-deep" "Source nested deeper than the compiler accepts.";
    MisplacedAttribute = "E0114" "misplaced-attribute" "An attribute where no item, field or parameter follows.";
    TooManyErrors = "E0190" "too-many-errors" "The limit of reported errors is reached.";
    TooManyWarnings = "W0191" "too-many-warnings" "The limit of reported warnings is reached.";
    DuplicateDefinition = "E1001" "duplicate-definition" "An item, field or function declared twice.";
    DuplicateVariant = "E1002" "duplicate-variant" "A variant declared twice.";
    ConflictingMethods = "E1004" "conflicting-methods" "Contracts that a contract embeds ask for different methods of one name.";
    ContractCycle = "E1005" "contract-cycle" "A contract that embeds itself.";
    UnknownTestKey = "E1011" "unknown-test-key" "An unknown key in a section of a test.";
    DuplicateTestKey = "E1012" "duplicate-test-key" "A key twice in a section of a test.";
    TestValue = "E1013" "test-value" "A value of the wrong type in a section of a test.";
    UnknownName = "E1101" "unknown-name" "An unknown name or function.";
    DuplicateBinding = "E1102" "duplicate-binding" "Two bindings of one name in the same scope.";
    ShadowedName = "W1103" "shadowed-name" "A binding hides an outer one.";
    DuplicateImport = "E1104" "duplicate-import" "Two imports of one name.";
    UnknownImport = "E1105" "unknown-import" "A path to something that its module does not have.";
    UseBeforeDeclaration = "E1106" "use-before-declaration" "A local is used before its declaration.";
    ReservedName = "E1109" "reserved-name" "Names that begin with `__` belong to the core library.";
    UnknownType = "E1201" "unknown-type" "An unknown type.";
    CannotInfer = "E1202" "cannot-infer" "A type that nothing fixes.";
    MissingReturn = "E1203" "missing-return" "A path through a function returns no value.";
    ArgumentCount = "E1204" "argument-count" "A wrong number of arguments.";
    ArgumentType = "E1205" "argument-type" "An argument of the wrong type.";
    InitialiserType = "E1206" "initialiser-type" "An initialiser or assigned value of the wrong type.";
    ResultType = "E1207" "result-type" "A result of the wrong type.";
    ConditionType = "E1208" "condition-type" "A condition that is not `bool`.";
    BinaryOperands = "E1209" "binary-operands" "An operator does not take these operands.";
    UnaryOperand = "E1210" "unary-operand" "An operator does not take this operand.";
    UnknownField = "E1211" "unknown-field" "A struct literal names a field that the type does not have.";
    MissingField = "E1212" "missing-field" "A struct literal leaves a field out.";
    BranchTypes = "E1213" "branch-types" "Branches or elements of different types.";
    AssignImmutable = "E1214" "assign-immutable" "An immutable binding is assigned.";
    NotIterable = "E1215" "not-iterable" "`for` over a value that cannot be iterated.";
    NotAssignable = "E1216" "not-assignable" "The left side of an assignment is not a place.";
    NoIdentity = "E1217" "no-identity" "`===` on values without identity.";
    NotCallable = "E1218" "not-callable" "A call of something that is not a function.";
    ArgumentMode = "E1219" "argument-mode" "An argument without the `out` or `ref` that its parameter asks for, or no place for an `out`.";
    LiteralRange = "E1220" "literal-range" "A literal or constant does not fit its type.";
    InvalidCast = "E1221" "invalid-cast" "A cast between types that do not convert.";
    DuplicateField = "E1222" "duplicate-field" "A struct literal names a field twice.";
    TypeArgumentCount = "E1223" "type-argument-count" "A wrong number of type arguments.";
    NotAValue = "E1224" "not-a-value" "A type or module where a value is expected.";
    UnusedValue = "E1225" "unused-value" "A statement leaves a value that is not `unit`.";
    NotAStruct = "E1226" "not-a-struct" "A struct literal of something that is not a `type`.";
    ConstantExpression = "E1227" "constant-expression" "A constant's value is not a constant expression.";
    TypeMismatch = "E1228" "type-mismatch" "A value of another type than its place asks for.";
    NotIndexable = "E1229" "not-indexable" "An index on something that is not an array, or an index that is no integer.";
    EndlessInstantiation = "E1230" "endless-instantiation" "Type arguments that nest without end.";
    ConstantCycle = "E1231" "constant-cycle" "Constants that refer to each other.";
    AliasCycle = "E1232" "alias-cycle" "Type aliases that refer to each other.";
    UnusedComparison = "W1233" "unused-comparison" "A comparison that nothing looks at.";
    EventCapacity = "E1240" "event-capacity" "An event that holds no handlers, or too many.";
    EventHandler = "E1241" "event-handler" "A handler that does not take what its event gives.";
    EventRaised = "E1242" "event-raised" "An event that is raised outside of its type.";
    OutUnassigned = "E1243" "out-unassigned" "An `out` parameter that is read or left without a value.";
    OutInFunctionValue = "E1244" "out-in-function-value" "An `out` parameter in a lambda, or a function with such parameters as a value.";
    UnknownVariant = "E1301" "unknown-variant" "An unknown variant of an enum.";
    PayloadCount = "E1302" "payload-count" "A variant with a wrong number of payloads.";
    BareVariant = "E1303" "bare-variant" "A variant without its enum.";
    MissingPattern = "E1304" "missing-pattern" "A `match` that does not cover every value.";
    ArmTypes = "E1305" "arm-types" "Arms of different types.";
    DuplicatePatternName = "E1306" "duplicate-pattern-name" "A name twice in a pattern.";
    PatternPayloadCount = "E1307" "pattern-payload-count" "A pattern with a wrong number of payloads.";
    PatternType = "E1308" "pattern-type" "A pattern that no value of the type can match.";
    UnreachableArm = "W1309" "unreachable-arm" "An arm that can never match.";
    NameIsVariant = "W1310" "name-is-variant" "A pattern binds a name that a variant or constant has.";
    AlternativeBindings = "E1311" "alternative-bindings" "Alternatives of a pattern bind different names.";
    BreakOutsideLoop = "E1401" "break-outside-loop" "`break` outside a loop.";
    ContinueOutsideLoop = "E1402" "continue-outside-loop" "`continue` outside a loop.";
    UnreachableCode = "W1403" "unreachable-code" "Code that is never reached.";
    ThisOutsideMethod = "E1404" "this-outside-method" "`this` outside a method.";
    PrivateItem = "E1501" "private-item" "An item that is not visible outside its module.";
    DuplicateModule = "E1502" "duplicate-module" "Two modules of one path.";
    UnusedImport = "W1503" "unused-import" "An import that nothing uses.";
    ModuleNotFirst = "E1505" "module-not-first" "A file's `mod` declaration that is not its first item.";
    ModuleTwice = "E1506" "module-twice" "A file that declares its module twice.";
    NestedBesideModule = "E1507" "nested-beside-module" "A nested module in a file that declares its own.";
    ModuleName = "E1508" "module-name" "A file or folder whose name cannot be that of a module.";
    ModuleCase = "E1509" "module-case" "Modules whose paths differ in the case of letters only.";
    MissingMethod = "E1601" "missing-method" "A type lacks a method of a contract that it declares.";
    MethodSignature = "E1602" "method-signature" "A method differs from the one that a contract asks for.";
    AmbiguousOverload = "E1603" "ambiguous-overload" "No overload fits, or several fit equally.";
    NotAContract = "E1605" "not-a-contract" "Something else where a contract is expected.";
    UnknownMember = "E1606" "unknown-member" "An unknown method or field.";
    NotConforming = "E1607" "not-conforming" "A type that does not conform to a contract.";
    ContractAsType = "E1608" "contract-as-type" "A contract that serves as a bound only, as the type of a value.";
    InvalidImpl = "E1609" "invalid-impl" "An `impl` of something that takes no methods here.";
    UnknownDocArgument = "W1610" "unknown-doc-argument" "Documentation of a parameter that does not exist.";
    DuplicateDirective = "W1611" "duplicate-directive" "A parameter or result described twice.";
    MisplacedDirective = "W1612" "misplaced-directive" "A directive of documentation on an item that it does not fit.";
    ReturnsOfUnit = "W1613" "returns-of-unit" "`@returns` on a function that returns `unit`.";
    UnknownDirective = "W1614" "unknown-directive" "An unknown or malformed directive of documentation.";
    UnresolvedReference = "W1615" "unresolved-reference" "Documentation refers to a name that does not exist.";
    LooseDocumentation = "W1616" "loose-documentation" "Documentation that documents nothing.";
    VariantOffEnum = "W1620" "variant-off-enum" "`@variant` on an item that is no enum.";
    UnknownDocVariant = "W1621" "unknown-doc-variant" "Documentation of a variant that does not exist.";
    DuplicateVariantDirective = "W1622" "duplicate-variant-directive" "A variant described twice.";
    ParWithoutParameters = "W1623" "par-without-parameters" "`@par` on an item without type parameters.";
    UnknownDocPar = "W1624" "unknown-doc-par" "Documentation of a type parameter that does not exist.";
    DuplicateParDirective = "W1625" "duplicate-par-directive" "A type parameter described twice.";
    NotPropagated = "E1701" "not-propagated" "`?` on a value that is no `Option` or `Result`.";
    PropagatedType = "E1702" "propagated-type" "`?` in a function whose result takes no such error.";
    UnusedResult = "W1704" "unused-result" "A `Result` that nothing looks at.";
    UnknownAttribute = "E1801" "unknown-attribute" "An unknown attribute.";
    UnknownAttributeArgument = "E1802" "unknown-attribute-argument" "An attribute is given an argument that it does not take.";
    MissingAttributeArgument = "E1803" "missing-attribute-argument" "An attribute without an argument that it needs.";
    DuplicateAttributeArgument = "E1804" "duplicate-attribute-argument" "An attribute is given an argument twice.";
    AttributeValue = "E1805" "attribute-value" "An argument of an attribute is of the wrong type.";
    DuplicateTarget = "E1806" "duplicate-target" "An attribute lists a target twice.";
    UnknownAttributeTarget = "E1807" "unknown-attribute-target" "An unknown target of attributes.";
    WrongTarget = "E1809" "wrong-target" "An attribute before something that it does not apply to.";
    ForeignType = "E1901" "foreign-type" "A type that does not pass to or from C.";
    ForeignArgument = "E1902" "foreign-argument" "`Extern` or `Export` with a missing or malformed argument.";
    ForeignShape = "E1903" "foreign-shape" "A declaration that C has no counterpart of.";
    DuplicateForeignName = "E1904" "duplicate-foreign-name" "A name of C that stands for two things.";
    MissingLibrary = "E1905" "missing-library" "A library that is not there.";
    MissingForeignSymbol = "E1906" "missing-foreign-symbol" "A library without a function that the program takes from it.";
    MissingMain = "E1910" "missing-main" "A program without a fitting `main`.";
    ManifestSyntax = "E3001" "manifest-syntax" "A manifest that is no list of blocks.";
    ManifestBlock = "E3002" "manifest-block" "A block that is missing, unknown or stands twice in a manifest.";
    ManifestValue = "E3003" "manifest-value" "A value that a manifest's key does not take.";
    ManifestEntry = "E3004" "manifest-entry" "A source root or entry file that is not there.";
    UnknownManifestKey = "W3005" "unknown-manifest-key" "A key that means nothing in its block.";
    MissingManifest = "E3006" "missing-manifest" "No `Project.proj`.";
    DependencyCycle = "E3007" "dependency-cycle" "Projects that depend on each other.";
    UnknownTarget = "E3008" "unknown-target" "A target that the project does not have.";
    NoLibrary = "E3009" "no-library" "A dependency on a project that is no library.";
    UnknownWorkspaceMember = "E3011" "unknown-workspace-member" "A member that the workspace does not have.";
    PathOutside = "E3012" "path-outside" "A path that leads out of a repository.";
    UnknownDependency = "E3013" "unknown-dependency" "A dependency to update that there is not.";
    LockSyntax = "E3020" "lock-syntax" "A lock that cannot be read.";
    LockContent = "E3021" "lock-content" "Files that are not those that were locked.";
    LockOutdated = "E3022" "lock-outdated" "A lock that does not fit the manifests, and must not be changed.";
    NotFetched = "E3023" "not-fetched" "A dependency that is not on this machine, where the network is not used.";
    FetchFailed = "E3024" "fetch-failed" "A repository or revision that cannot be fetched.";
    UnsafeRepository = "E3025" "unsafe-repository" "A repository with something that is not taken.";
    ProjectName = "E3030" "project-name" "A name that a new project cannot have.";
    FolderInUse = "E3031" "folder-in-use" "A new project where there is something already.";
    UnsupportedOutput = "E4001" "unsupported-output" "An output kind or target that this version cannot link.";
    LinkFailed = "E4002" "link-failed" "The linker failed.";
    MissingRuntimeArchive = "E4003" "missing-runtime-archive" "No runtime archive for the target.";
    OutputUnwritable = "E4004" "output-unwritable" "The output cannot be written.";
    MissingRuntimeSymbol = "E4005" "missing-runtime-symbol" "A runtime symbol that the program imports does not exist.";
    NothingToExport = "E4006" "nothing-to-export" "A library without a function that it could give.";
    UnknownExport = "E4007" "unknown-export" "A function to export that cannot be.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_are_unique() {
        let numbers: Vec<&str> = Code::ALL.iter().map(|code| &code.number()[1..]).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
