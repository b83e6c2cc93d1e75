//! What the parameters `partition` of several modules look like.

/// A name and its settings: `name: key=value; key=value`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartitionSpec {
    /// In front of the colon.
    pub name: String,
    /// Behind it; a word without `=` has no value.
    pub settings: Vec<(String, Option<String>)>,
}

impl PartitionSpec {
    /// Reads one.
    pub fn parse(text: &str) -> Result<PartitionSpec, String> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err(format!("partition <{text}> has no name"));
        }
        let setting = |item: &str| match item.split_once('=') {
            Some((key, value)) => (key.trim().to_owned(), Some(value.trim().to_owned())),
            None => (item.to_owned(), None),
        };
        let items = rest.split(';').map(str::trim).filter(|item| !item.is_empty());
        Ok(PartitionSpec { name, settings: items.map(setting).collect() })
    }

    /// The database and the table of a partition that has no other settings.
    pub fn table(self, default_url: Option<&str>, default_table: &str) -> Result<(String, String), String> {
        let (mut url, mut table) = (default_url.map(str::to_owned), default_table.to_owned());
        let name = self.name;
        for (key, value) in self.settings {
            match (key.as_str(), value) {
                ("db_url", Some(value)) => url = Some(value),
                ("table_name", Some(value)) => table = value,
                _ => {
                    return Err(format!(
                        "partition {name}: {key} is neither db_url nor table_name with a value"
                    ));
                }
            }
        }
        Ok((url.ok_or_else(|| format!("partition {name} has no db_url"))?, table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_settings() {
        let spec = PartitionSpec::parse(" a : db_url = text:///x=y ; table_name=t;").expect("a partition");
        assert_eq!(spec.name, "a");
        assert_eq!(spec.table(None, "u"), Ok(("text:///x=y".into(), "t".into())));
        let plain = |text| PartitionSpec::parse(text).and_then(|s| s.table(Some("text://d"), "u"));
        assert_eq!(plain("b"), Ok(("text://d".into(), "u".into())));
        assert!(
            plain("c: colour=red").is_err() && plain("c: db_url").is_err() && plain(": db_url=x").is_err()
        );
        assert!(PartitionSpec::parse("a").and_then(|s| s.table(None, "u")).is_err());
    }
}
