//! Programs and the operating system: streams that end, break or are closed, files of every kind, processes.
//! Both drivers do the same.

mod workshop;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use workshop::{Ran, Workshop, finish, finish_with, is_superuser};

/// A program in both forms, as a shell calls it.
fn both(workshop: &Workshop, source: &str) -> [String; 2] {
    workshop.file("program.bd", source);
    workshop.must(&["check", "program.bd"]);
    workshop.must(&["build", "program.bd", "-o", "program"]);
    [format!("'{}' run program.bd --", env!("CARGO_BIN_EXE_beskid")), "./program".to_owned()]
}

/// Runs a line of a shell in which `$PROGRAM` is the program, for both forms; they must do the same.
fn shell(workshop: &Workshop, source: &str, line: &str) -> Ran {
    let [jit, aot] = both(workshop, source).map(|program| {
        finish(workshop.command("sh").arg("-c").arg(line.replace("$PROGRAM", &program)))
    });
    assert_eq!(
        (jit.status, &jit.stdout, &jit.stderr),
        (aot.status, &aot.stdout, &aot.stderr),
        "{line}"
    );
    aot
}

const COPY: &str = "
use System.IO;
use System.IoError;
Result<unit, IoError> main() {
    for line in IO.Lines() { println(line?); }
    return Result::Ok(());
}
";

#[test]
fn lines_of_any_length_come_through() {
    let workshop = Workshop::new();
    let mut input = Vec::new();
    for length in [0, 1, 65_535, 65_536, 65_537, 3, 400_000, 131_072] {
        input.extend(std::iter::repeat_n(b'x', length));
        input.push(b'\n');
    }
    input.extend("größe without end".as_bytes());
    for program in both(&workshop, COPY) {
        let ran = finish_with(workshop.command("sh").arg("-c").arg(program), &input);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
        assert!(ran.stdout.as_bytes()[..ran.stdout.len() - 1] == input);
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    let workshop = Workshop::new();
    let source = "
use System.IO;
unit main() {
    while true {
        println(\"a line\");
        _ = IO.Stdout().Write(\"another one\\n\");
    }
}
";
    let line = "($PROGRAM; echo $? >&2) | head -n 2";
    let ran = shell(&workshop, source, line);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("a line\nanother one\n", "141\n"));
}

#[test]
fn a_full_disk_is_an_error() {
    let workshop = Workshop::new();
    let ran = shell(&workshop, "unit main() { println(1); }", "$PROGRAM > /dev/full");
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("cannot write to standard output"), "{ran:?}");
    let source = "
use System.IO;
unit main() {
    println(\"text\");
    IO.ErrorLine(IO.Flush());
    IO.ErrorLine(IO.Stdout().Write(\"x\".Repeat(100000)));
}
";
    let ran = shell(&workshop, source, "$PROGRAM > /dev/full");
    let errors = "Error(standard output: no space left)\nError(standard output: no space left)\n";
    assert_eq!((ran.status, ran.stderr.as_str()), (0, errors));
    let source = "
use System.IO;
unit main() { println(IO.Stderr().Write(\"text\")); }
";
    let ran = shell(&workshop, source, "$PROGRAM 2> /dev/full");
    assert_eq!(ran.stdout, "Error(standard error: no space left)\n");
}

#[test]
fn closed_streams_are_told_to_whoever_asks() {
    let workshop = Workshop::new();
    let source = "
use System.FS;
use System.IO;
unit main() {
    // A file that is opened now must not become a standard stream.
    let file = FS.Create(\"file\").Unwrap();
    println(\"lost\");
    IO.ErrorLine(\"${IO.Flush()}\");
    IO.ErrorLine(\"${IO.ReadLine()} ${IO.Flush()} ${file.Write(\"kept\")}\");
    IO.ErrorLine(\"${IO.Stdout().Write(\"text\")} ${IO.Flush()}\");
    println(\"lost\");
}
";
    let ran = shell(&workshop, source, "$PROGRAM <&- >&-");
    let expected = "Error(standard output: is not open for this)\n\
                    Error(standard input: is not open for this) Ok(()) Ok(())\n\
                    Ok(()) Error(standard output: is not open for this)\n";
    assert_eq!((ran.status, ran.stderr.as_str()), (0, expected));
    assert_eq!(fs::read(workshop.at("file")).unwrap(), b"kept");
}

#[test]
fn input_that_is_no_text_is_told_by_its_place() {
    let workshop = Workshop::new();
    let source = "
use System.IO;
unit main() { for line in IO.Lines() { println(line); } }
";
    let ran = shell(&workshop, source, r"printf 'ok\nab\377c\r\nfine\n\303' | $PROGRAM");
    let expected = "Ok(\"ok\")\nError(standard input: no UTF-8 at byte 5)\nOk(\"fine\")\n\
                    Error(standard input: no UTF-8 at byte 14)\n";
    assert_eq!((ran.status, ran.stdout.as_str()), (0, expected));
    let ran = shell(&workshop, source, "$PROGRAM < /");
    assert_eq!(ran.stdout, "Error(standard input: is a directory)\n");
}

#[test]
fn a_prompt_is_seen_before_the_answer() {
    let workshop = Workshop::new();
    let source = "
use System.IO;
unit main() {
    print(\"name?\\n\");
    let name = IO.ReadLine().Unwrap().Unwrap();
    print(\"age?\\n\");
    println(\"${name} ${IO.ReadLine()}\");
}
";
    for program in both(&workshop, source) {
        let mut command = workshop.command("sh");
        command.arg("-c").arg(program).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        for (question, answer) in [("name?\n", "Ada\n"), ("age?\n", "36\n")] {
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            assert_eq!(line, question);
            input.write_all(answer.as_bytes()).unwrap();
        }
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "Ada Ok(Some(\"36\"))\n");
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn slow_neighbours_in_a_pipe_lose_nothing() {
    let workshop = Workshop::new();
    let source = "
use System.IO;
use System.IoError;
Result<unit, IoError> main() {
    let text = IO.ReadToEnd()?;
    println(text.Len());
    return IO.Stdout().Write(text);
}
";
    for program in both(&workshop, source) {
        let line = format!(
            "head -c 3000000 /dev/zero | tr '\\0' x | (sleep 0.1; cat) | {program} | (sleep 0.1; wc -c)"
        );
        let ran = finish(workshop.command("sh").arg("-c").arg(line));
        assert_eq!((ran.status, ran.stdout.trim()), (0, "3000008"));
    }
}

#[test]
fn names_that_are_no_text_are_errors() {
    let workshop = Workshop::new();
    fs::create_dir(workshop.at("folder")).unwrap();
    let name = std::ffi::OsStr::from_bytes(b"bad\xff");
    fs::write(workshop.at("folder").join(name), "").unwrap();
    let source = "
use System.FS;
unit main() {
    println(FS.List(\"folder\"));
    for entry in FS.Walk(\".\") {
        match entry { Result::Error(error) => println(error), Result::Ok(_) => {} }
    }
    println(System.Environment.Args());
}
";
    let ran = shell(&workshop, source, r#"$PROGRAM "$(printf 'x\377y')""#);
    let expected = "Error(folder/bad: no UTF-8 at byte 3)\n./folder/bad: no UTF-8 at byte 3\n\
                    [\"x\u{fffd}y\"]\n";
    assert_eq!((ran.status, ran.stdout.as_str()), (0, expected));
}

#[test]
fn permissions_are_told_apart() {
    let workshop = Workshop::new();
    let source = "
use System.FS;
unit main() {
    println(FS.ReadText(\"secret\"));
    println(FS.WriteText(\"locked/file\", \"\"));
    println(FS.List(\"closed\"));
    println(FS.Delete(\"locked/inner\"));
    println(System.Process.Run(\"./secret\", []));
}
";
    let [_, program] = both(&workshop, source);
    workshop.file("secret", "text");
    for folder in ["locked", "locked/inner", "closed"] {
        fs::create_dir(workshop.at(folder)).unwrap();
    }
    let mode = |name: &str, mode| {
        fs::set_permissions(workshop.at(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("secret", 0o000);
    mode("locked", 0o555);
    mode("closed", 0o000);
    mode("", 0o755);
    let mut command = workshop.command(workshop.at(program));
    if is_superuser() {
        const NOBODY: u32 = 65_534;
        command.uid(NOBODY).gid(NOBODY);
    }
    let ran = finish(&mut command);
    let expected = "Error(secret: permission denied)\nError(locked/file: permission denied)\n\
                    Error(closed: permission denied)\nError(locked/inner: permission denied)\n\
                    Error(./secret: permission denied)\n";
    assert_eq!((ran.status, ran.stdout.as_str()), (0, expected), "{ran:?}");
    mode("closed", 0o755);
    mode("locked", 0o755);
}

#[test]
fn processes_get_and_give_everything() {
    let workshop = Workshop::new();
    let source = "
use System.Process;
unit main() {
    let big = \"0123456789\".Repeat(200000);
    println(Process.RunWithInput(\"cat\", [], big).Unwrap().output == big);
    println(Process.RunWithInput(\"true\", [], big).Unwrap().status);
    let both = \"i=0; while [ $i -lt 20000 ]; do echo out$i; echo err$i >&2; i=$((i+1)); done\";
    let done = Process.Run(\"sh\", [\"-c\", both]).Unwrap();
    println(\"${done.output.Len()} ${done.errors.Len()}\");
    println(Process.Run(\"sh\", [\"-c\", \"kill -TERM $$\"]).Unwrap().status);
    println(Process.Run(\"sh\", [\"-c\", \"printf '\\\\377'\"]));
    println(Process.Run(\"sh\", [\"-c\", \"yes | head -n 1\"]).Unwrap());
    println(Process.NewCommand(\"pwd\").Directory(\"/nowhere\").Run());
    println(Process.Run(\"a\\0b\", []));
    println(Process.NewCommand(\"cat\").Input(\"fed\\n\").RunHere());
    Process.Exit(300);
}
";
    let ran = shell(&workshop, source, "$PROGRAM");
    let expected = "true\n0\n168890 168890\n143\nError(output of sh: no UTF-8 at byte 0)\n\
                    Finished { status: 0, output: \"y\\n\", errors: \"\" }\n\
                    Error(/nowhere: not found)\nError(a\0b: is not a valid path)\nfed\nOk(0)\n";
    assert_eq!((ran.status, ran.stdout.as_str()), (44, expected), "{ran:?}");
}

#[test]
fn output_is_written_before_a_panic_and_before_exit() {
    let workshop = Workshop::new();
    let source = "
use System.IO;
unit main() {
    _ = IO.Stdout().Write(\"before \");
    println(\"the end\");
    panic(\"now\");
}
";
    let ran = shell(&workshop, source, "$PROGRAM 2>&1");
    assert!(ran.stdout.starts_with("before the end\npanic: now\n"), "{ran:?}");
    let source = "unit main() { print(\"said\"); Process.Exit(3); }";
    let ran = shell(&workshop, source, "$PROGRAM");
    assert_eq!((ran.status, ran.stdout.as_str()), (3, "said"));
}

#[test]
fn gigabytes_of_lines_need_little_memory() {
    let workshop = Workshop::new();
    let [_, program] = both(
        &workshop,
        "
use System.IO;
use System.IoError;
Result<unit, IoError> main() {
    i64 mut bytes = 0;
    for line in IO.Lines() { bytes += line?.Len(); }
    println(bytes);
    return Result::Ok(());
}
",
    );
    let line = format!(
        "yes {} | head -c 500000000 | (ulimit -v 300000; {program})",
        "a-line-of-some-length-that-is-said-again-and-again"
    );
    let ran = finish(workshop.command("sh").arg("-c").arg(line));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.stdout, "490196079\n");
}

#[test]
fn a_store_that_is_killed_loses_nothing_it_acknowledged() {
    let workshop = Workshop::new();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/store");
    workshop.must(&["build", example, "-o", "store"]);
    let mut acknowledged = 0;
    for round in 0..5 {
        let mut command = workshop.command(workshop.at("store"));
        command.args(["data", "load"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let first = acknowledged;
        let feeder = std::thread::spawn(move || {
            for key in first..first + 100_000 {
                // The program is killed while it reads.
                if writeln!(input, "key{key} value of {key}").is_err() {
                    break;
                }
            }
        });
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..20 + 7 * round {
            assert_eq!(output.next().unwrap().unwrap(), format!("ok key{acknowledged}"));
            acknowledged += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had said before it was killed counts as well.
        for line in output {
            assert_eq!(line.unwrap(), format!("ok key{acknowledged}"));
            acknowledged += 1;
        }
        feeder.join().unwrap();
        // A kill between calls of the system leaves whole lines; a crash of the machine may not.
        let mut file = fs::OpenOptions::new().append(true).open(workshop.at("data")).unwrap();
        file.write_all(b"0123456789abcdef set torn va").unwrap();
        let listed = finish(workshop.command(workshop.at("store")).args(["data", "list"]));
        assert_eq!((listed.status, listed.stderr.as_str()), (0, ""));
        for key in 0..acknowledged {
            let line = format!("key{key} = value of {key}\n");
            assert!(listed.stdout.contains(&line), "{line} is lost");
        }
        acknowledged = listed.stdout.lines().count();
    }
}

#[test]
fn examples_pass_their_tests() {
    let workshop = Workshop::new();
    for name in ["words", "logs", "store"] {
        let example = format!("{}/../../examples/{name}", env!("CARGO_MANIFEST_DIR"));
        let ran = workshop.run(&["test", &example]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
}
