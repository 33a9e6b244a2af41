//! Mistakes of the compiler.
//!
//! *Invariants.* The user is told that it is not their program's fault, where in their program the
//! compiler was, and what to report; never that something panicked.

use std::panic;
use std::sync::{Mutex, PoisonError};

use beskid_codegen::CodegenError;

use crate::arguments::MessageFormat;
use crate::exit::Exit;
use crate::{progress, streams};

/// What is known of the latest panic, and what the compiler was doing.
struct State {
    activity: String,
    message: String,
    place: Option<String>,
}

static STATE: Mutex<State> =
    Mutex::new(State { activity: String::new(), message: String::new(), place: None });

fn with_state<R>(action: impl FnOnce(&mut State) -> R) -> R {
    action(&mut STATE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Panics are noted from here on, and shown by nothing but [`report_panic`].
pub(crate) fn silence_panics() {
    panic::set_hook(Box::new(|information| {
        let message = information.payload_as_str().unwrap_or("a panic without a message");
        with_state(|state| {
            message.clone_into(&mut state.message);
            state.place = information.location().map(ToString::to_string);
        });
    }));
}

/// Notes what the compiler is doing, for reports: `analysing hello.bd`.
pub(crate) fn activity(text: String) {
    progress::step(&text);
    with_state(|state| state.activity = text);
}

/// Reports the panic that ended the command.
pub(crate) fn report_panic(format: MessageFormat) -> Exit {
    let (message, place) = with_state(|state| (state.message.clone(), state.place.clone()));
    report(format, &message, None, place)
}

/// Reports an error of code generation: a checked program always compiles.
pub(crate) fn report_codegen(format: MessageFormat, error: &CodegenError) -> Exit {
    let (message, place) = match error {
        CodegenError::Function { name, place, message } => {
            (message, Some(format!("compiling `{name}` at {place}")))
        }
        CodegenError::EndlessInstantiation { chain, name, .. } => {
            (chain, Some(format!("instantiating `{name}`")))
        }
        CodegenError::Symbol { symbol, message } => (message, Some(format!("defining `{symbol}`"))),
    };
    // The message may be that of a panic, whose place in the compiler is known then.
    let raised = with_state(|state| {
        state.place.clone().filter(|_| !state.message.is_empty() && **message == *state.message)
    });
    report(format, message, place, raised)
}

fn report(
    format: MessageFormat,
    message: &str,
    activity: Option<String>,
    raised: Option<String>,
) -> Exit {
    let activity = activity.unwrap_or_else(|| with_state(|state| state.activity.clone()));
    streams::write_error(&render(format, message, &activity, raised.as_deref()));
    Exit::Fault
}

fn render(format: MessageFormat, message: &str, activity: &str, raised: Option<&str>) -> String {
    let version = concat!("beskid ", env!("CARGO_PKG_VERSION"));
    let machine = format!("{} {}", std::env::consts::ARCH, std::env::consts::OS);
    if format == MessageFormat::Json {
        let value = serde_json::json!({
            "severity": 1,
            "source": "beskid",
            "message": format!("internal compiler error: {message}"),
            "data": {
                "activity": activity,
                "version": version,
                "machine": machine,
                "raised": raised,
            },
        });
        return format!("{value}\n");
    }
    let activity =
        if activity.is_empty() { String::new() } else { format!("  while {activity}\n") };
    let raised = raised.map(|place| format!(", raised at {place}")).unwrap_or_default();
    format!(
        "internal compiler error: {message}\n{activity}\n\
         This is a fault of Beskid, not of your program.\n\
         Please report it with this text and, if you can, the program:\n  {}/issues\n\
         ({version}, {machine}{raised})\n",
        env!("CARGO_PKG_REPOSITORY"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_never_the_program_s() {
        let place = Some("crates/x.rs:1:2");
        let text =
            render(MessageFormat::Human, "no such block", "compiling `F` at a.bd:3:5", place);
        let (head, rest) = text.split_once("\n\n").unwrap();
        assert_eq!(
            head,
            "internal compiler error: no such block\n  while compiling `F` at a.bd:3:5"
        );
        assert!(rest.starts_with("This is a fault of Beskid, not of your program.\n"), "{rest}");
        assert!(rest.contains("/issues\n"), "{rest}");
        assert!(rest.contains("raised at crates/x.rs:1:2"), "{rest}");
        let json = render(MessageFormat::Json, "no\nblock", "", None);
        assert_eq!(json.lines().count(), 1);
    }
}
