//! What the macros accept, and what they say about what they do not.

#[test]
fn misuse_has_a_readable_error() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/pass/*.rs");
    cases.compile_fail("tests/ui/*.rs");
    #[cfg(not(any(feature = "typed", feature = "fmt")))]
    cases.compile_fail("tests/ui_default/*.rs");
}
