//! How large a module may be: every limit, once.

/// What a module may hold. The limits are rules of the check alone, so that an engine's own, which are wider,
/// never decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Profile {
    /// Bytes of the file.
    pub module: u32,
    /// Types of functions.
    pub types: u16,
    /// Functions, imported ones included.
    pub functions: u16,
    /// Global variables and constants, imported ones included.
    pub globals: u16,
    /// Exports.
    pub exports: u16,
    /// Segments that fill the table.
    pub elements: u16,
    /// Segments that fill the memory.
    pub data: u16,
    /// Elements of the table at the start.
    pub table: u32,
    /// Parameters of a function.
    pub parameters: u8,
    /// Results of a function or of a block.
    pub results: u8,
    /// Bytes of a function's body.
    pub body: u32,
    /// Parameters and locals of a function together.
    pub locals: u16,
    /// Values that a function's body may hold at once, besides its locals.
    pub operands: u16,
    /// Blocks, loops and ifs within each other.
    pub nesting: u16,
    /// Targets of a `br_table`, besides its default.
    pub targets: u16,
    /// Complexity of a function, for which compilers take more than proportionally long. Each `block`, `br`, `br_if` and
    /// target of a `br_table`, its default included, counts 32, each `loop`, `if` and `else` 96, each of them besides as
    /// much as the function has parameters, locals and operands there: once, and once more for each 128 of these. Each
    /// call counts its parameters and results. Interpreters that people compile have 120,000 to 210,000 of it in their
    /// main function.
    pub complexity: u32,
    /// Whether a function may run when the module is started, before any call.
    pub start: bool,
    /// Whether control flow must be canonical.
    pub canonical: bool,
}

impl Profile {
    /// What every machine accepts; the default everywhere, so that the answer is the same everywhere.
    pub const DEVICE: Self = Self {
        module: 16 << 20,
        types: 1_000,
        functions: 2_000,
        globals: 256,
        exports: 1_000,
        elements: 64,
        data: 256,
        table: 4_096,
        parameters: 32,
        results: 16,
        body: 256 << 10,
        locals: 512,
        operands: 512,
        nesting: 512,
        targets: 1_024,
        complexity: 1 << 18,
        start: false,
        canonical: true,
    };

    /// For servers alone: larger counts and a start function. A chip may refuse what this accepts.
    pub const SERVER: Self = Self {
        module: 256 << 20,
        types: 50_000,
        functions: 60_000,
        globals: 10_000,
        exports: 50_000,
        elements: 10_000,
        data: 10_000,
        table: 1_000_000,
        body: 4 << 20,
        locals: 8_192,
        operands: 8_192,
        nesting: 4_096,
        targets: 16_384,
        complexity: 1 << 21,
        start: true,
        ..Self::DEVICE
    };

    /// Complexity of all functions of a module of so many bytes together.
    pub const fn together(&self, bytes: u32) -> u32 {
        self.complexity.saturating_add(bytes).saturating_mul(4)
    }

    /// The same without the rules of canonical control flow. Engines that take such modules may charge them
    /// differently: for tests that prove the rules needed.
    #[must_use]
    pub const fn with_any_control_flow(self) -> Self {
        Self { canonical: false, ..self }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::DEVICE
    }
}
