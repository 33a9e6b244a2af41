//! x
mod builder;
use beskid_codegen::isa::*;
use beskid_codegen::{CodegenArtifact, dump};
#[test]
fn look() {
    let names: [(&str, fn() -> beskid_codegen::mir::Program); 4] = [
        ("fib", builder::programs::fib),
        ("sum", builder::programs::sum_of_array),
        ("list", builder::programs::list),
        ("index", builder::programs::index_panics),
    ];
    let only = std::env::var("ONLY").ok();
    for (name, p) in names {
        if only.as_deref().is_some_and(|o| !name.contains(o)) {
            continue;
        }
        let a = CodegenArtifact::new(p(), OptLevel::Speed);
        let isa = IsaConfig { triple: None, opt: OptLevel::Speed, imports: Imports::Linked }
            .build()
            .unwrap();
        println!("{}", dump::mir(&a, None));
        println!("{}", dump::clif(&a, &*isa, None).unwrap());
        println!("{}", dump::asm(&a, &*isa, None).unwrap());
    }
}
