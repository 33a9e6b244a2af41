/**
 * The grammar of Beskid for tree-sitter.
 *
 * It accepts every program that the compiler parses; what the compiler decides by looking ahead (is this `<` the
 * start of type arguments, this `(` of a lambda, this name of a declaration) is left to the parser that follows
 * all readings, with precedences where more than one remains.
 */

const PREC = {
  lambda: -1,
  or: 1,
  and: 2,
  equal: 3,
  compare: 4,
  bitOr: 5,
  bitXor: 6,
  bitAnd: 7,
  shift: 8,
  add: 9,
  multiply: 10,
  prefix: 11,
  postfix: 12,
};

const list = (rule) => optional(seq(rule, repeat(seq(',', rule)), optional(',')));
const some = (rule) => seq(rule, repeat(seq(',', rule)), optional(','));

// What stands before an item.
const head = ($) => [repeat($.attribute), optional('pub')];

module.exports = grammar({
  name: 'beskid',

  extras: ($) => [/[\s\uFEFF]/, $.line_comment, $.block_comment],

  word: ($) => $.identifier,

  supertypes: ($) => [$._item, $._statement, $._expression, $._type, $._pattern],

  conflicts: ($) => [
    [$._type_name, $._expression],
    [$.generic_type, $._expression, $.generic_name],
    [$.scoped_type, $._expression],
    [$._block_like, $._expression],
    [$._expression, $.generic_name],
    [$.function_type, $.lambda_parameters],
    [$._type_name, $.lambda_parameter],
    [$._type_name, $._expression, $.lambda_parameter],
    [$._expression, $._value_path],
    [$.generic_type, $.generic_name],
    [$._expression, $.lambda_parameter],
    [$.binary],
    [$.member, $.generic_member],
    [$._type_name, $.bare_variant_pattern],
    [$.unit, $.lambda_parameters],
    [$.test, $._contextual],
    [$.section, $._contextual],
  ],

  rules: {
    source_file: ($) => seq(optional($.shebang), repeat($._item)),

    shebang: () => token(prec(2, /#![^\n]*/)),

    line_comment: () => token(/\/\/[^\n]*/),
    block_comment: () => token(/\/\*[^*]*\*+([^/*][^*]*\*+)*\//),

    // Items

    _item: ($) =>
      choice(
        $.function,
        $.type_definition,
        $.type_alias,
        $.enum_definition,
        $.contract_definition,
        $.impl,
        $.attribute_definition,
        $.constant,
        $.test,
        $.module,
        $.use,
      ),

    function: ($) =>
      seq(
        ...head($),
        field('result', $._type),
        field('name', $.identifier),
        optional($.type_parameters),
        $.parameters,
        field('body', choice($.block, seq('=>', $._expression, ';'), ';')),
      ),

    parameters: ($) => seq('(', list($.parameter), ')'),
    parameter: ($) =>
      seq(
        repeat($.attribute),
        optional(choice('ref', 'out')),
        field('type', $._type),
        optional('mut'),
        field('name', choice($.identifier, '_')),
      ),

    type_parameters: ($) => seq('<', some($.type_parameter), '>'),
    type_parameter: ($) => seq($.identifier, optional($.bounds)),
    bounds: ($) => seq(':', $._type, repeat(seq('&', $._type))),
    contracts: ($) => seq(':', $._type, repeat(seq(',', $._type))),

    type_definition: ($) =>
      seq(
        ...head($),
        'type',
        field('name', $.identifier),
        optional($.type_parameters),
        optional($.contracts),
        choice(seq('{', list(choice($.field, $.event)), '}'), optional(';')),
      ),
    field: ($) => seq(repeat($.attribute), field('type', $._type), field('name', $.identifier)),
    event: ($) =>
      seq(
        repeat($.attribute),
        'event',
        optional(seq('{', $.number, '}')),
        field('name', $.identifier),
        $.parameters,
      ),

    type_alias: ($) =>
      seq(
        ...head($),
        'type',
        field('name', $.identifier),
        optional($.type_parameters),
        '=',
        $._type,
        ';',
      ),

    enum_definition: ($) =>
      seq(
        ...head($),
        'enum',
        field('name', $.identifier),
        optional($.type_parameters),
        optional($.contracts),
        '{',
        list($.variant),
        '}',
      ),
    variant: ($) =>
      seq(field('name', $.identifier), optional(seq('(', list($.payload), ')'))),
    payload: ($) => seq($._type, optional(choice($.identifier, '_'))),

    contract_definition: ($) =>
      seq(
        ...head($),
        'contract',
        field('name', $.identifier),
        optional($.type_parameters),
        '{',
        repeat(choice($.function, seq($._type, ';'))),
        '}',
      ),

    impl: ($) =>
      seq(...head($), 'impl', field('type', $.impl_target), '{', repeat($.function), '}'),
    impl_target: ($) =>
      seq(
        choice(
          seq('(', $.type_parameter, ')'),
          seq(
            $.identifier,
            optional($.type_parameters),
            repeat(seq('.', $.identifier, optional($.type_parameters))),
          ),
        ),
        repeat(seq('[', ']')),
      ),

    attribute_definition: ($) =>
      seq(
        ...head($),
        'attribute',
        field('name', $.identifier),
        '(',
        list($.identifier),
        ')',
        '{',
        list($.attribute_parameter),
        '}',
      ),
    attribute_parameter: ($) =>
      seq(
        field('name', $.identifier),
        ':',
        field('type', $._type),
        optional(seq('=', $._expression)),
      ),
    attribute: ($) =>
      seq('[', $.path, optional(seq('(', list($.attribute_argument), ')')), ']'),
    attribute_argument: ($) => seq(field('name', $.identifier), ':', $._expression),

    constant: ($) =>
      seq(
        ...head($),
        'const',
        field('type', $._type),
        field('name', $.identifier),
        '=',
        $._expression,
        ';',
      ),

    test: ($) =>
      seq(
        ...head($),
        'test',
        field('name', $.identifier),
        '{',
        repeat(choice($.section, $._statement)),
        optional($._expression),
        '}',
      ),
    section: ($) =>
      seq(
        choice('meta', 'skip'),
        '{',
        repeat(seq(field('key', $.identifier), '=', $._expression, ';')),
        '}',
      ),

    module: ($) =>
      seq(...head($), 'mod', $.path, choice(';', seq('{', repeat($._item), '}'))),
    use: ($) =>
      seq(...head($), 'use', $.path, optional(seq('as', field('alias', $.identifier))), ';'),
    path: ($) => seq($.identifier, repeat(seq('.', $.identifier))),

    // Types

    _type: ($) =>
      choice(
        $._type_name,
        $.generic_type,
        $.scoped_type,
        $.array_type,
        $.function_type,
        $.parenthesized_type,
      ),
    _type_name: ($) =>
      choice(
        alias($.identifier, $.type_identifier),
        alias($._contextual, $.type_identifier),
        $.primitive_type,
      ),
    primitive_type: () =>
      choice(
        'bool', 'i8', 'i16', 'i32', 'i64', 'u8', 'u16', 'u32', 'u64',
        'f32', 'f64', 'char', 'string', 'unit', 'ptr',
      ),
    generic_type: ($) =>
      prec.dynamic(
        2,
        seq(
          choice(alias($.identifier, $.type_identifier), $.primitive_type, $.scoped_type),
          $.type_arguments,
        ),
      ),
    scoped_type: ($) =>
      seq(
        choice(alias($.identifier, $.type_identifier), $.scoped_type, $.generic_type),
        '.',
        alias($.identifier, $.type_identifier),
      ),
    type_arguments: ($) => seq('<', some($._type), '>'),
    array_type: ($) => prec(PREC.postfix, seq($._type, '[', ']')),
    function_type: ($) =>
      choice(
        prec.right(seq('(', list($._type), ')', choice('->', '=>'), $._type)),
        prec(PREC.postfix, seq($._type, '(', list($._type), ')')),
      ),
    parenthesized_type: ($) => seq('(', $._type, optional(','), ')'),

    // Statements

    block: ($) => seq('{', repeat($._statement), optional($._expression), '}'),

    _statement: ($) =>
      choice(
        ';',
        $.let,
        $.declaration,
        $.assignment,
        $.discard,
        $.while,
        $.for,
        prec.dynamic(1, $._block_like),
        $.expression_statement,
      ),
    expression_statement: ($) => seq($._expression, ';'),
    _block_like: ($) => choice($.if_expression, $.match_expression, $.block),

    let: ($) =>
      seq(
        'let',
        optional('mut'),
        field('name', choice($.identifier, '_')),
        '=',
        field('value', $._expression),
        ';',
      ),
    declaration: ($) =>
      prec.dynamic(
        3,
        seq(
          field('type', $._type),
          optional('mut'),
          field('name', choice($.identifier, '_')),
          '=',
          field('value', $._expression),
          ';',
        ),
      ),
    assignment: ($) =>
      seq(
        field('target', $._expression),
        field(
          'operator',
          choice(
            '=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=',
            seq('>', token.immediate('>='), ),
          ),
        ),
        field('value', $._expression),
        ';',
      ),
    discard: ($) => seq('_', '=', $._expression, ';'),
    while: ($) => seq('while', field('condition', $._expression), $.block),
    for: ($) =>
      seq('for', field('name', choice($.identifier, '_')), 'in', $._expression, $.block),

    // Expressions

    _expression: ($) =>
      choice(
        $.number,
        $.char,
        $.string,
        $.boolean,
        $.unit,
        $.this,
        $.identifier,
        alias($._contextual, $.identifier),
        alias($.primitive_type, $.identifier),
        $.generic_name,
        $.parenthesized,
        $.array,
        $.struct_literal,
        $.variant_expression,
        $.unary,
        $.binary,
        $.call,
        $.index,
        $.member,
        $.generic_member,
        $.try,
        $.lambda,
        $.if_expression,
        $.match_expression,
        $.block,
        $.return,
        $.break,
        $.continue,
      ),

    number: () =>
      token(
        choice(
          /0x[0-9A-Fa-f_]+/,
          /0b[01_]+/,
          /0o[0-7_]+/,
          /[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][+-]?[0-9][0-9_]*)?/,
        ),
      ),
    char: () => token(/'([^'\\\n]|\\(u\{[0-9A-Fa-f]*\}|[^\n]))'/),
    boolean: () => choice('true', 'false'),
    this: () => 'this',
    unit: () => seq('(', ')'),

    string: ($) =>
      seq(
        '"',
        repeat(
          choice(
            $.string_content,
            $.escape_sequence,
            $.interpolation,
            alias(token.immediate(prec(1, '$')), $.string_content),
          ),
        ),
        token.immediate('"'),
      ),
    string_content: () => token.immediate(prec(2, /[^"\\$]+/)),
    escape_sequence: () => token.immediate(prec(2, /\\(u\{[0-9A-Fa-f]*\}|[^u])/)),
    interpolation: ($) => seq(token.immediate(prec(3, '${')), $._expression, '}'),

    generic_name: ($) =>
      prec.dynamic(
        2,
        seq(choice($.identifier, alias($.primitive_type, $.identifier)), $.type_arguments),
      ),
    parenthesized: ($) => seq('(', $._expression, ')'),
    array: ($) => seq('[', list($._expression), ']'),
    struct_literal: ($) =>
      prec.dynamic(
        -1,
        seq(field('type', $._value_path), '{', list($.field_value), '}'),
      ),
    field_value: ($) => seq(field('name', $.identifier), ':', field('value', $._expression)),
    variant_expression: ($) =>
      seq(field('type', $._value_path), '::', field('name', $.identifier)),
    // What may stand for a type in an expression.
    _value_path: ($) =>
      choice(
        $.identifier,
        alias($._contextual, $.identifier),
        alias($.primitive_type, $.identifier),
        $.generic_name,
        $.member,
        $.generic_member,
      ),

    unary: ($) => prec(PREC.prefix, seq(choice('-', '!', '~'), $._expression)),
    binary: ($) => {
      const operators = [
        ['||', PREC.or],
        ['&&', PREC.and],
        ['==', PREC.equal],
        ['!=', PREC.equal],
        ['===', PREC.equal],
        ['!==', PREC.equal],
        ['<', PREC.compare],
        ['<=', PREC.compare],
        ['>', PREC.compare],
        [seq('>', token.immediate('=')), PREC.compare],
        ['|', PREC.bitOr],
        ['^', PREC.bitXor],
        ['&', PREC.bitAnd],
        ['<<', PREC.shift],
        [seq('>', token.immediate('>')), PREC.shift],
        ['+', PREC.add],
        ['-', PREC.add],
        ['*', PREC.multiply],
        ['/', PREC.multiply],
        ['%', PREC.multiply],
      ];
      return choice(
        ...operators.map(([operator, level]) =>
          prec.left(
            level,
            seq(
              field('left', $._expression),
              field('operator', operator),
              field('right', $._expression),
            ),
          ),
        ),
      );
    },
    call: ($) =>
      prec(PREC.postfix, seq(field('function', $._expression), $.arguments)),
    arguments: ($) => seq('(', list($.argument), ')'),
    argument: ($) => seq(optional(choice('ref', 'out')), $._expression),
    index: ($) => prec(PREC.postfix, seq($._expression, '[', $._expression, ']')),
    member: ($) =>
      prec(PREC.postfix, seq($._expression, '.', field('name', $.identifier))),
    generic_member: ($) =>
      prec.dynamic(
        2,
        prec(
          PREC.postfix,
          seq($._expression, '.', field('name', $.identifier), $.type_arguments),
        ),
      ),
    try: ($) => prec(PREC.postfix, seq($._expression, '?')),

    lambda: ($) =>
      prec.right(
        PREC.lambda,
        seq(
          field('parameters', choice($.identifier, '_', $.lambda_parameters)),
          '=>',
          field('body', $._expression),
        ),
      ),
    lambda_parameters: ($) => seq('(', list($.lambda_parameter), ')'),
    lambda_parameter: ($) =>
      seq(
        optional(field('type', $._type)),
        optional('mut'),
        field('name', choice($.identifier, '_')),
      ),

    if_expression: ($) =>
      prec.right(
        seq(
          'if',
          field('condition', $._expression),
          field('then', $.block),
          optional(seq('else', field('else', choice($.block, $.if_expression)))),
        ),
      ),
    match_expression: ($) =>
      seq('match', field('value', $._expression), '{', repeat($.arm), '}'),
    arm: ($) =>
      seq(
        field('pattern', $._pattern),
        optional(seq('when', field('guard', $._expression))),
        '=>',
        choice(
          prec.dynamic(1, seq(field('value', $._block_like), optional(','))),
          seq(field('value', $._expression), ','),
          // The last one.
          field('value', $._expression),
        ),
      ),

    return: ($) => prec.right(PREC.lambda, seq('return', optional($._expression))),
    break: () => 'break',
    continue: () => 'continue',

    // Patterns

    _pattern: ($) =>
      choice(
        '_',
        $.identifier,
        $.literal_pattern,
        $.range_pattern,
        $.variant_pattern,
        $.bare_variant_pattern,
        $.typed_pattern,
        $.or_pattern,
      ),
    literal_pattern: ($) =>
      choice(seq(optional('-'), $.number), $.char, $.string, $.boolean),
    range_pattern: ($) => seq($._bound, '..', $._bound),
    _bound: ($) => choice(seq(optional('-'), $.number), $.char),
    variant_pattern: ($) =>
      seq(
        field('type', choice(alias($.identifier, $.type_identifier), $.scoped_type)),
        '::',
        field('name', $.identifier),
        optional($.pattern_arguments),
      ),
    bare_variant_pattern: ($) => seq(field('name', $.identifier), $.pattern_arguments),
    pattern_arguments: ($) => seq('(', list($._pattern), ')'),
    typed_pattern: ($) =>
      seq(field('type', $._type), field('name', choice($.identifier, '_'))),
    or_pattern: ($) => prec.left(seq($._pattern, '|', $._pattern)),

    // Words that mean something in some places only.
    _contextual: () => choice('test', 'meta', 'skip'),
    identifier: () => /[A-Za-z_][A-Za-z0-9_]*/,
  },
});
