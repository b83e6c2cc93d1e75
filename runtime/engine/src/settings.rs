//! What parameters of several modules look like.

use crate::Text;

/// The name of `$avp(name)`.
pub fn avp_name(text: &str) -> Result<Text, String> {
    let inner = text.trim().strip_prefix("$avp(").and_then(|t| t.strip_suffix(')')).map(str::trim);
    let name = inner.filter(|n| !n.is_empty() && !n.contains('$'));
    name.map(|n| Text::copy_from_slice(n.as_bytes())).ok_or_else(|| format!("{text} is no $avp(name)"))
}

/// Numbers with commas between them.
pub fn numbers<T: std::str::FromStr>(text: &str) -> Result<Vec<T>, String> {
    let number = |t: &str| t.trim().parse().map_err(|_| format!("{} is no number", t.trim()));
    text.split(',').map(number).collect()
}

/// `name = number, number`
pub fn named_numbers(text: &str) -> Result<(String, Vec<i32>), String> {
    let bad = || format!("{text} is no name = number, …");
    let (name, list) = text.split_once('=').filter(|(name, _)| !name.trim().is_empty()).ok_or_else(bad)?;
    Ok((name.trim().to_owned(), numbers(list)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(avp_name("$avp( x )"), Ok(Text::from_static(b"x")));
        assert!(
            avp_name("$var(x)").is_err() && avp_name("$avp()").is_err() && avp_name("$avp($var(x))").is_err()
        );
        assert_eq!(numbers::<u16>("1, 2"), Ok(vec![1, 2]));
        assert!(numbers::<u16>("1,a").is_err());
        assert_eq!(named_numbers("a= 1,2"), Ok(("a".to_owned(), vec![1, 2])));
        assert!(
            named_numbers("= 1").is_err() && named_numbers("a").is_err() && named_numbers("a=b").is_err()
        );
    }
}
