; Later patterns win.

(identifier) @variable
(type_identifier) @type
(primitive_type) @type.builtin
(type_parameter (identifier) @type)
(impl_target (identifier) @type)

(type_definition name: (identifier) @type)
(type_alias name: (identifier) @type)
(enum_definition name: (identifier) @type)
(contract_definition name: (identifier) @type)
(attribute_definition name: (identifier) @type)
(variant name: (identifier) @constructor)
(variant_expression name: (identifier) @constructor)
(variant_pattern name: (identifier) @constructor)
(constant name: (identifier) @constant)
(field name: (identifier) @variable.member)
(field_value name: (identifier) @variable.member)
(member name: (identifier) @variable.member)
(parameter name: (identifier) @variable.parameter)
(lambda_parameter name: (identifier) @variable.parameter)

(function name: (identifier) @function)
(event name: (identifier) @function)
(test name: (identifier) @function)
(call function: (identifier) @function.call)
(call function: (generic_name (identifier) @function.call))
(call function: (member name: (identifier) @function.method.call))
(call function: (generic_member name: (identifier) @function.method.call))

(module (path) @module)
(use (path) @module)
(attribute (path) @attribute)
(attribute_argument name: (identifier) @variable.parameter)

(number) @number
(char) @character
(boolean) @boolean
(string) @string
(escape_sequence) @string.escape
(interpolation "${" @punctuation.special "}" @punctuation.special)
(this) @variable.builtin
(line_comment) @comment
((line_comment) @comment.documentation (#match? @comment.documentation "^///([^/]|$)"))
(block_comment) @comment
(shebang) @keyword.directive

[
  "type" "enum" "contract" "impl" "attribute" "event" "let" "const" "test" "meta" "skip"
] @keyword
["match" "when" "if" "else"] @keyword.conditional
["while" "for" "in"] @keyword.repeat
["return"] @keyword.return
(break) @keyword.repeat
(continue) @keyword.repeat
["mod" "use" "as"] @keyword.import
["pub" "mut" "ref" "out"] @keyword.modifier

["=>" "->" "=" "==" "!=" "===" "!==" "<=" "&&" "||" "+" "-" "*" "/" "%" "&" "|" "^" "~" "!"] @operator
["+=" "-=" "*=" "/=" "%=" "&=" "|=" "^=" "<<=" "<<" ".." "?"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ";" ":" "." "::"] @punctuation.delimiter
