"""Texts that could leave their string in JSON or SQL, or pass for a mark of the compiler."""

# Those whose place at an end of a text matters.
ENDS = (
    *('"', '\\', '\\"', '"\\', '{', '[{', '{"', '{"}', '{"]', '{",', "'", "''", "}", "]"),
    *("\x01", "\x02", "\x03", "\x04", "\x05", "\x7f", "\u2028", "\ue000", "\U0001f600"),
)  # fmt: skip
TEXTS = (
    *ENDS,
    *('\\u0001', "\\ud800", "%s", "$1", "?1", ":a", "||", "--", "/*", "null", " ", "a" * 100),
    *(chr(code) for code in range(1, 32)),
    *("\x80", "\u2029", "\ufeff", "\ufffe", "\uffff", "\ue001", "\uf8ff", "\U000e0001", "\U0010ffff"),
    *("\x030;\x03", "\x031;a\x02b\x03", "\x040;[1]\x04", '\x040;["a"]\x04', "\x031;1\x022\x03"),
    *('"}],"nodes":[{"name":"', "\n\r\t\b\f", "</script>", "a\u0301", "\u0600\u200f\u202e"),
)  # fmt: skip
ALL = "".join(TEXTS)
