//! Writes a module anew with the guest moved up.

use wasm_encoder::reencode::{Error as Encode, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, FunctionSection, ImportSection, Instruction, MemArg, MemoryType,
    Module, TypeSection,
};
use wasmparser::{DataKind, FunctionBody, Operator, TypeRef};

use super::{
    helper::{self, Helper},
    layout::Layout,
};
use crate::{Error, Reason};

/// Moves the guest of one valid module.
pub(super) struct Shifter {
    layout: Layout,
    /// Sorted; their functions follow the module's own in this order.
    helpers: Vec<Helper>,
    helper_type: u32,
    first_helper: u32,
    /// Index of the function that is written next.
    function: u32,
    /// Position of the operator in work.
    offset: u64,
}

type Result<T> = std::result::Result<T, Encode<Error>>;

impl Shifter {
    /// Takes the helpers that the module [needs](helper::needed).
    pub fn new(layout: Layout, helpers: Vec<Helper>) -> Self {
        Self { layout, helpers, helper_type: 0, first_helper: 0, function: 0, offset: 0 }
    }
}

impl Reencode for Shifter {
    type Error = Error;

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<()> {
        utils::parse_type_section(self, types, section)?;
        if !self.helpers.is_empty() {
            self.helper_type = types.len();
            types.ty().function(helper::PARAMETERS, []);
        }
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<()> {
        for import in section.clone().into_imports() {
            if let TypeRef::Func(_) = import?.ty {
                self.function += 1;
            }
        }
        utils::parse_import_section(self, imports, section)
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<()> {
        self.first_helper = self.function + section.count();
        utils::parse_function_section(self, functions, section)?;
        for _ in &self.helpers {
            functions.function(self.helper_type);
        }
        Ok(())
    }

    fn memory_type(&mut self, _: wasmparser::MemoryType) -> Result<MemoryType> {
        Ok(MemoryType {
            minimum: self.layout.pages,
            maximum: Some(self.layout.pages),
            memory64: false,
            shared: false,
            page_size_log2: None,
        })
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<()> {
        utils::parse_code_section(self, code, section)?;
        for helper in &self.helpers {
            code.function(&helper.function(self.layout));
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<()> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            self.offset = reader.original_position();
            match reader.read()? {
                // From the pages asked for to the bytes there were: 0 gives `size`, others -1.
                Operator::MemoryGrow { .. } => {
                    let mut code = function.instructions();
                    code.i32_eqz().i32_const((self.layout.size + 1) as i32);
                    code.i32_mul().i32_const(1).i32_sub();
                }
                operator => {
                    function.instruction(&self.instruction(operator)?);
                }
            }
        }
        code.function(&function);
        self.function += 1;
        Ok(())
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>> {
        if let Operator::MemorySize { .. } = operator {
            return Ok(Instruction::I32Const(self.layout.size as i32));
        }
        match Helper::of(&operator).map(|helper| self.helpers.binary_search(&helper)) {
            Some(Ok(place)) => Ok(Instruction::Call(self.first_helper + place as u32)),
            _ => utils::instruction(self, operator),
        }
    }

    fn mem_arg(&mut self, arg: wasmparser::MemArg) -> Result<MemArg> {
        let Some(offset) = self.layout.shifted(arg.offset) else {
            let reason = Reason::AccessTooFar { offset: arg.offset };
            let error = Error::new(self.offset, reason).in_function(self.function);
            return Err(Encode::UserError(error));
        };
        utils::mem_arg(self, wasmparser::MemArg { offset, ..arg })
    }

    fn parse_data(&mut self, data: &mut DataSection, datum: wasmparser::Data<'_>) -> Result<()> {
        let DataKind::Active { offset_expr, .. } = &datum.kind else {
            return utils::parse_data(self, data, datum);
        };
        let segment = data.len();
        let refuse = |reason| Encode::UserError(Error::new(datum.range.start, reason));
        let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
            return Err(refuse(Reason::SegmentNotConstant { segment }));
        };
        let offset = u64::from(value as u32);
        let Some(shifted) = self.layout.shifted(offset) else {
            return Err(refuse(Reason::SegmentTooFar { segment, offset }));
        };
        let place = ConstExpr::i32_const(shifted as u32 as i32);
        data.active(0, &place, datum.data.iter().copied());
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<()> {
        if !points_into_code(section.name()) {
            module.section(&utils::custom_section(self, section));
        }
        Ok(())
    }
}

/// Tells custom sections that state positions in code, which moves.
pub(crate) fn points_into_code(name: &str) -> bool {
    const NAMES: [&str; 3] = ["linking", "sourceMappingURL", "external_debug_info"];
    const PREFIXES: [&str; 3] = [".debug_", "reloc.", "metadata.code."];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
