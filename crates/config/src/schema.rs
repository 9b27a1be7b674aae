//! The JSON schema of the file, for editors.

use crate::raw::RawConfig;
use schemars::{Schema, generate::SchemaSettings, transform::RecursiveTransform};

/// The JSON schema of the configuration file, as pretty-printed JSON that ends with a newline.
///
/// It is stored as `config/config.schema.json`.
#[must_use]
pub fn schema() -> String {
    let generator = SchemaSettings::draft2020_12()
        // Those of the raw types: `null` and empty lists. The real ones are in the descriptions.
        .with_transform(RecursiveTransform(|schema: &mut Schema| {
            schema.remove("default");
        }))
        .into_generator();
    let schema = generator.into_root_schema_for::<RawConfig>();
    format!("{:#}\n", schema.as_value())
}
