//! The `dmaheap` command. Everything is in the library; see [`dmaheap::cli`].

fn main() -> std::process::ExitCode {
    dmaheap::cli::run(std::env::args_os()).into()
}
