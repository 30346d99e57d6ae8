"""What filters on text mean: letters, literals, wildcards, patterns."""

from __future__ import annotations

from soc.where import MANY, ONE, Contains, Equals, Glob, In, Not, Prefix, Regex, Suffix
from tests.contracts.engine_case import URL, Case, urls

LETTERS = [
    Case("equality folds case", urls("ADMIN", "Admin", "root"), Equals(URL, "admin"), {1, 2}),
    Case("a literal is folded too", urls("admin"), Equals(URL, "ADMIN"), {1}),
    Case("cased equality does not fold", urls("ADMIN", "admin"), Equals(URL, "admin", True), {2}),
    Case("contains folds case", urls("/ADMIN/", "/x"), Contains(URL, "admin"), {1}),
    Case("cased contains", urls("/ADMIN/", "/admin/"), Contains(URL, "admin", True), {2}),
    Case("prefix folds case", urls("/Admin/x", "x/admin"), Prefix(URL, "/ADMIN"), {1}),
    Case("cased prefix", urls("/Admin", "/admin"), Prefix(URL, "/Admin", True), {1}),
    Case("suffix folds case", urls("x.PHP", "x.php5"), Suffix(URL, ".php"), {1}),
    Case("cased suffix", urls("x.PHP", "x.php"), Suffix(URL, ".php", True), {2}),
    Case("in folds case", urls("GET", "Post", "put"), In(URL, ("get", "POST")), {1, 2}),
    Case("cased in", urls("GET", "get"), In(URL, ("GET", "PUT"), True), {1}),
    Case("in of nothing is false", urls("x"), In(URL, ()), set()),
    Case(
        "other letters than ASCII fold",
        urls("STRAẞE Ä", "straße ä"),
        Equals(URL, "straße ä"),
        {1, 2},
    ),
    Case("sigma folds without context", urls("ΟΔΟΣ", "οδος", "οδοσ"), Equals(URL, "ΟΔΟΣ"), {1, 3}),
    Case("dotted capital i folds to i", urls("İstanbul", "istanbul"), Prefix(URL, "ist"), {1, 2}),
    Case("Cyrillic folds", urls("ПРИВЕТ"), Contains(URL, "привет"), {1}),
    Case(
        "letters new in Unicode 16 fold",
        urls("\ua7cb", "\u0264", "x"),
        Equals(URL, "\ua7cb"),
        {1, 2},
    ),
    Case(
        "and by contains",
        urls("a\U00010d50b", "a\U00010d70b"),
        Contains(URL, "\U00010d50"),
        {1, 2},
    ),
    Case("sharp s is not ss", urls("straße", "strasse"), Equals(URL, "STRASSE"), {2}),
    Case(
        "Chinese text compares as it is", urls("弱口令 登录", "登录"), Contains(URL, "弱口令"), {1}
    ),
]

LITERALS = [
    Case("percent is a letter", urls("100%", "100x"), Contains(URL, "0%"), {1}),
    Case("underscore is a letter", urls("a_b", "axb"), Contains(URL, "a_b"), {1}),
    Case("backslash is a letter", urls("a\\b", "ab"), Contains(URL, "a\\b"), {1}),
    Case("single quote", urls("it's", "its"), Contains(URL, "t's"), {1}),
    Case("double quote", urls('say "x"', "x"), Contains(URL, '"x"'), {1}),
    Case("brackets are letters, cased", urls("a[1]", "a1"), Contains(URL, "a[1]", True), {1}),
    Case("star is a letter outside a glob", urls("a*b", "axb"), Equals(URL, "a*b"), {1}),
    Case(
        "quote that ends a statement",
        urls("'; DROP TABLE x; --", "x"),
        Equals(URL, "'; DROP TABLE x; --"),
        {1},
    ),
    Case("comment marks", urls("/* x */ --", "x"), Prefix(URL, "/* x */ --"), {1}),
    Case("dollar quotes and parameters", urls("$1 $$ ? :x", "1"), Equals(URL, "$1 $$ ? :x"), {1}),
    Case("backslash and quote", urls("\\'", "x"), Equals(URL, "\\'"), {1}),
    Case("NUL within a text", urls("a\0b", "a"), Contains(URL, "\0b"), {1}),
    Case("line end within a text", urls("a\nb", "ab"), Contains(URL, "a\nb"), {1}),
    Case("a lone surrogate is in no text", urls("x", None), Not(Contains(URL, "\ud800")), {1, 2}),
    Case("empty contains holds for any text", urls("x", "", None), Contains(URL, ""), {1, 2}),
    Case("empty prefix holds for any text", urls("x", "", None), Prefix(URL, ""), {1, 2}),
    Case("empty suffix holds for any text", urls("x", "", None), Suffix(URL, ""), {1, 2}),
]

GLOBS = [
    Case("many is any run", urls("a--b", "ab", "abc"), Glob(URL, ("a", MANY, "b")), {1, 2}),
    Case(
        "one is any character",
        urls("axb", "ab", "a中b", "axxb"),
        Glob(URL, ("a", ONE, "b")),
        {1, 3},
    ),
    Case("a glob is anchored", urls("xab", "abx", "ab"), Glob(URL, ("ab",)), {3}),
    Case("many at both ends", urls("xABx", "b"), Glob(URL, (MANY, "ab", MANY)), {1}),
    Case("a cased glob", urls("xABx", "xabx"), Glob(URL, (MANY, "ab", MANY), True), {2}),
    Case(
        "like marks in a glob are letters", urls("a%b_c", "axbxc"), Glob(URL, ("a%b_", MANY)), {1}
    ),
    Case(
        "pattern marks in a glob are letters",
        urls("a.b(c", "axb(c"),
        Glob(URL, ("a.b(", ONE)),
        {1},
    ),
    Case("backslash in a glob", urls("c:\\x\\y", "c:xy"), Glob(URL, ("C:\\", MANY, "\\y")), {1}),
    Case("many spans lines", urls("a\nb", "b"), Glob(URL, ("a", MANY, "b")), {1}),
    Case("one takes a line end", urls("a\nb", "ab"), Glob(URL, ("a", ONE, "b")), {1}),
    Case("many alone is any text", urls("", "x", None), Glob(URL, (MANY,)), {1, 2}),
    Case("a glob of nothing is empty text", urls("", "x", None), Glob(URL, ()), {1}),
    Case("one folds nothing away", urls("\U00010d50", "xy"), Glob(URL, (ONE,)), {1}),
]

PATTERNS = [
    Case("a pattern is unanchored", urls("xaby", "b"), Regex(URL, "ab"), {1}),
    Case("a pattern is case-sensitive", urls("AB", "ab"), Regex(URL, "ab"), {2}),
    Case("a pattern may fold itself", urls("AB", "ab", "b"), Regex(URL, "(?i)ab"), {1, 2}),
    Case("anchors hold the whole text", urls("ab", "xab", "ab\n"), Regex(URL, "^ab$"), {1}),
    Case("a dot takes no line end", urls("a\nb", "axb"), Regex(URL, "a.b"), {2}),
    Case("a dot may take line ends", urls("a\nb", "axb"), Regex(URL, "(?s)a.b"), {1, 2}),
    Case("dot star takes no line end", urls("a\nb", "axxb"), Regex(URL, "a.*b"), {2}),
    Case("anchored dot star", urls("a\nb", "axxb", "xab"), Regex(URL, "^a.*b$"), {2}),
    Case("classes", urls("id=12", "id=x"), Regex(URL, r"id=\d+"), {1}),
    Case("alternatives with a quote", urls("a'b", "cd", "x"), Regex(URL, "a'b|cd"), {1, 2}),
    Case("percent and underscore in a pattern", urls("a%_b", "axxb"), Regex(URL, "a%_b"), {1}),
    Case("bounds of a word", urls("a cmd b", "acmdb"), Regex(URL, r"\bcmd\b"), {1}),
    Case("a count", urls("aaa", "aa"), Regex(URL, "a{3}"), {1}),
    Case("an empty pattern holds for any text", urls("x", "", None), Regex(URL, ""), {1, 2}),
    Case("not of a pattern", urls("ab", "x", None), Not(Regex(URL, "ab")), {2, 3}),
]
