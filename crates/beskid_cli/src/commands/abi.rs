//! `beskid abi`: the runtime ABI for people, tools and C.

use beskid_abi::manifest::{self, DATA_SYMBOLS, LAYOUT};
use beskid_abi::runtime_fn::{RuntimeFn, RuntimeFnInfo};
use beskid_abi::version::ABI_VERSION;
use serde_json::{Value, json};

use crate::arguments::Abi;
use crate::compile::Cx;
use crate::exit::Exit;
use crate::streams;

pub(crate) fn run(cx: Cx, arguments: &Abi) -> Result<Exit, Exit> {
    let text = match (arguments.json, arguments.header) {
        (true, _) => format!("{:#}\n", as_json()),
        (_, true) => manifest::render_c_header(),
        _ => manifest::render(),
    };
    streams::write(&cx.report, &text)?;
    Ok(Exit::Done)
}

fn as_json() -> Value {
    let functions: Vec<Value> = RuntimeFn::ALL.iter().map(|row| function(row.info())).collect();
    let layout: Vec<Value> =
        LAYOUT.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "version": ABI_VERSION,
        "data": DATA_SYMBOLS,
        "functions": functions,
        "layout": layout,
    })
}

fn function(info: &RuntimeFnInfo) -> Value {
    let parameters: Vec<Value> = info
        .parameters
        .iter()
        .map(|(name, kind)| json!({ "name": name, "type": kind.name() }))
        .collect();
    let docs: Vec<&str> = info.docs.iter().map(|line| line.trim()).collect();
    json!({
        "symbol": info.symbol,
        "parameters": parameters,
        "result": info.result.map(|kind| kind.name()),
        "effects": info.effects.names().collect::<Vec<_>>(),
        "docs": docs.join("\n"),
    })
}
