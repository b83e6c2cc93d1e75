use sipc_compiler::*;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let (src, mut d) = source::load(&source::Disk, &path);
    let (script, more) = syntax::parse(&src);
    d.extend(more);
    for x in &d {
        println!("{}", diagnostics::render(x, &src, false));
    }
    if std::env::args().nth(2).is_some() {
        println!("{}", syntax::dump::dump(&script, &src));
    }
}
