//! What `#[entry]` accepts.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{Error, FnArg, GenericParam, ItemFn, Result, ReturnType, Safety, Type};

/// A function that can be an entry.
pub struct Entry {
    /// The function as written.
    pub function: ItemFn,
    /// Its name, as it is exported.
    pub name: String,
    /// How the request becomes its arguments.
    pub form: Form,
    /// Whether the return type is a `Result`.
    pub fallible: bool,
    /// Whether the error is written by `Display`.
    pub display: bool,
}

/// How a request becomes arguments.
#[derive(Clone, Copy)]
pub enum Form {
    /// One `&[u8]`, and the arena if it is asked for.
    Bytes { arena: bool },
    /// That many typed arguments.
    Typed(usize),
    /// One `Event`.
    Event,
}

/// Reads the attribute's `arguments` and the function below it.
///
/// # Errors
///
/// What keeps the function from being an entry.
pub fn entry(arguments: TokenStream, item: TokenStream) -> Result<Entry> {
    let (typed, display) = options(arguments)?;
    let function: ItemFn = syn::parse2(item)
        .map_err(|error| Error::new(error.span(), "`#[entry]` stands before a function with a body"))?;
    let signature = &function.sig;

    if let Some(keyword) = &signature.asyncness {
        return refuse(keyword, "an entry is not `async`: the host waits for its reply");
    }
    if let Safety::Unsafe(keyword) = &signature.safety {
        return refuse(keyword, "an entry is a safe function");
    }
    if let Some(abi) = &signature.abi {
        return refuse(abi, "an entry is a Rust function: `#[entry]` adds the `extern` one");
    }
    for parameter in &signature.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            return refuse(parameter, "an entry has no type parameters: the host could not choose them");
        }
    }
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first() {
        return refuse(receiver, "an entry is a free function: there is no `self` to call it on");
    }
    let name = signature.ident.unraw().to_string();
    if name.starts_with("__aingle_") {
        return refuse(&signature.ident, "names that begin with `__aingle_` are reserved");
    }
    if name.len() > 127 {
        return refuse(&signature.ident, "the name of an entry has at most 127 bytes");
    }
    let types: Vec<&Type> = signature.inputs.iter().filter_map(typed_argument).collect();
    let form = form(&types, typed)?;
    let returned = match (&signature.output, form) {
        (ReturnType::Type(_, returned), _) => Some(returned),
        (ReturnType::Default, Form::Event) => None,
        (ReturnType::Default, _) => {
            return refuse(
                &signature.ident,
                "an entry returns its reply: `-> Result<impl AsRef<[u8]>, impl AsRef<[u8]>>`",
            );
        }
    };
    let fallible =
        returned.and_then(|returned| last_segment(returned)).is_some_and(|segment| segment == "Result");
    if display && !fallible {
        return refuse(&signature.output, "`display` is for the error of a `Result`");
    }
    if let (Form::Event, Some(returned), false) = (form, returned, fallible) {
        return refuse(
            returned,
            "nobody waits for the reply to an event: no return type, or `Result<(), E>`",
        );
    }

    if let (Form::Typed(_), Some(argument)) = (form, types.iter().find(|ty| is_impl(ty))) {
        return refuse(argument, "an argument has one type: the request is read as it");
    }
    Ok(Entry { name, form, fallible, display, function })
}

fn options(arguments: TokenStream) -> Result<(bool, bool)> {
    let (mut typed, mut display) = (false, false);
    let parser = syn::meta::parser(|option| {
        match &option.path {
            path if path.is_ident("typed") => typed = true,
            path if path.is_ident("display") => display = true,
            _ => return Err(option.error("the options of `#[entry]` are `typed` and `display`")),
        }
        Ok(())
    });
    parser.parse2(arguments)?;
    Ok((typed, display))
}

fn form(types: &[&Type], typed: bool) -> Result<Form> {
    if typed {
        return Ok(Form::Typed(types.len()));
    }
    match types {
        [bytes] if is_bytes(bytes) => Ok(Form::Bytes { arena: false }),
        [bytes, arena] if is_bytes(bytes) && is_arena(arena) => Ok(Form::Bytes { arena: true }),
        [event] if last_segment(event).is_some_and(|name| name == "Event") => Ok(Form::Event),
        _ => {
            if let Some(mutable) = types.iter().find(|ty| is_mutable(ty)) {
                return refuse(mutable, "an entry borrows its request: it takes `&[u8]`");
            }
            if let Some(arena) = types.iter().find(|ty| is_arena(ty)) {
                return refuse(arena, "`&Arena` comes second and last, after `&[u8]`");
            }
            Ok(Form::Typed(types.len()))
        }
    }
}

fn refuse<T>(at: impl ToTokens, why: &str) -> Result<T> {
    Err(Error::new_spanned(at, why))
}

fn typed_argument(argument: &FnArg) -> Option<&Type> {
    match argument {
        FnArg::Typed(argument) => Some(&argument.ty),
        FnArg::Receiver(_) => None,
    }
}

fn is_bytes(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else {
        return false;
    };
    let Type::Slice(slice) = &*reference.elem else {
        return false;
    };
    reference.mutability.is_none() && last_segment(&slice.elem).is_some_and(|name| name == "u8")
}

fn is_arena(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else {
        return false;
    };
    reference.mutability.is_none() && last_segment(&reference.elem).is_some_and(|name| name == "Arena")
}

fn is_mutable(ty: &Type) -> bool {
    matches!(ty, Type::Reference(reference) if reference.mutability.is_some())
}

fn is_impl(ty: &Type) -> bool {
    matches!(ty, Type::ImplTrait(_))
}

fn last_segment(ty: &Type) -> Option<&syn::Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}
