//! How functions are called, as Cranelift signatures.
//!
//! Inside the program the tail convention returns up to eight integers and eight floats in
//! registers and leaves the thread context where it is ([`context`]); at the borders C's holds.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::scalar::AbiType;
use cranelift_codegen::ir::{AbiParam, Signature, Type, types};
use cranelift_codegen::isa::{CallConv, TargetIsa};

use super::context;
use crate::mir::{self, ForeignType};

/// The Cranelift type of a scalar.
pub(crate) fn type_of(scalar: mir::Scalar) -> Type {
    match scalar {
        mir::Scalar::I8 => types::I8,
        mir::Scalar::I16 => types::I16,
        mir::Scalar::I32 => types::I32,
        mir::Scalar::I64 | mir::Scalar::Ref => types::I64,
        mir::Scalar::F32 => types::F32,
        mir::Scalar::F64 => types::F64,
    }
}

/// The signature of a function of the program.
pub(crate) fn of_body(body: &mir::Body, isa: &dyn TargetIsa) -> Signature {
    match body.convention {
        mir::Convention::Internal => internal(
            body.parameters.iter().map(|&local| body.locals[local].scalar),
            body.results.iter().copied(),
            isa,
        ),
        mir::Convention::ExportShim => {
            let mut signature = Signature::new(isa.default_call_conv());
            let parameters = body.parameters.iter().map(|&local| body.locals[local].scalar);
            signature.params = parameters.map(|scalar| AbiParam::new(type_of(scalar))).collect();
            let results = body.results.iter();
            signature.returns = results.map(|&scalar| AbiParam::new(type_of(scalar))).collect();
            signature
        }
        mir::Convention::EntryShim => {
            let mut signature = Signature::new(isa.default_call_conv());
            signature.params.push(AbiParam::new(types::I64));
            signature.returns.push(AbiParam::new(types::I64));
            signature
        }
    }
}

/// The signature of a function of the internal convention.
pub(crate) fn internal(
    parameters: impl Iterator<Item = mir::Scalar>,
    results: impl Iterator<Item = mir::Scalar>,
    isa: &dyn TargetIsa,
) -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature.params.extend(context::parameter(isa));
    signature.params.extend(parameters.map(|scalar| AbiParam::new(type_of(scalar))));
    signature.returns = results.map(|scalar| AbiParam::new(type_of(scalar))).collect();
    signature
}

/// The signature of a runtime function.
pub(crate) fn of_runtime_function(function: RuntimeFn, isa: &dyn TargetIsa) -> Signature {
    let info = function.info();
    let mut signature = Signature::new(isa.default_call_conv());
    signature.params = info.parameters.iter().map(|&(_, kind)| abi_param(kind)).collect();
    signature.returns = info.result.into_iter().map(abi_param).collect();
    signature
}

/// The signature of a function of a library.
pub(crate) fn of_foreign(function: &mir::ForeignFunction, isa: &dyn TargetIsa) -> Signature {
    let mut signature = Signature::new(isa.default_call_conv());
    signature.params = function.parameters.iter().map(|&kind| foreign_param(kind)).collect();
    signature.returns = function.result.into_iter().map(foreign_param).collect();
    signature
}

fn foreign_param(kind: ForeignType) -> AbiParam {
    let plain = AbiParam::new(type_of(kind.scalar()));
    match kind {
        ForeignType::Plain(_) | ForeignType::Bytes => plain,
        ForeignType::Signed(_) => plain.sext(),
        ForeignType::Unsigned(_) | ForeignType::Bool => plain.uext(),
    }
}

fn abi_param(kind: AbiType) -> AbiParam {
    match kind {
        AbiType::ThreadContext | AbiType::GcRef | AbiType::Ptr | AbiType::I64 => {
            AbiParam::new(types::I64)
        }
        AbiType::Bool => AbiParam::new(types::I8).uext(),
        AbiType::Char | AbiType::I32 => AbiParam::new(types::I32),
        AbiType::F32 => AbiParam::new(types::F32),
        AbiType::F64 => AbiParam::new(types::F64),
    }
}
