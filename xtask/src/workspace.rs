//! The members of the workspace, read from their manifests.
//!
//! Read directly and not through `cargo metadata`, because tidy judges what is written (a version
//! inherited or repeated, a `[lints]` table missing), which cargo has already resolved away.

mod manifest;

use std::fs;
use std::path::Path;

use anyhow::Context as _;

pub(crate) use self::manifest::Manifest;

/// All members, in the order of their folders.
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
}

/// One member.
pub(crate) struct Package {
    pub(crate) name: String,
    /// Relative to the workspace, with `/`.
    pub(crate) dir: String,
    /// `package.metadata.cliproxy.layer`; absent for what is not part of the product.
    pub(crate) layer: Option<u8>,
    /// Whether other projects may depend on it, that is, unless it says `publish = false`.
    pub(crate) published: bool,
    pub(crate) manifest: Manifest,
}

impl Workspace {
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let manifest = read_manifest(&root.join("Cargo.toml"))?;
        let members = manifest
            .get("workspace", "members")
            .context("Cargo.toml has no members")?;
        let mut packages = Vec::new();
        for member in manifest::strings(members) {
            match member.strip_suffix("/*") {
                None => packages.push(Package::read(root, member)?),
                Some(parent) => {
                    let mut dirs = Vec::new();
                    for entry in fs::read_dir(root.join(parent))? {
                        let name = entry?.file_name().to_string_lossy().into_owned();
                        if root.join(parent).join(&name).join("Cargo.toml").is_file() {
                            dirs.push(format!("{parent}/{name}"));
                        }
                    }
                    dirs.sort();
                    for dir in dirs {
                        packages.push(Package::read(root, &dir)?);
                    }
                }
            }
        }
        Ok(Self { packages })
    }

    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}

impl Package {
    fn read(root: &Path, dir: &str) -> anyhow::Result<Self> {
        Self::new(dir, read_manifest(&root.join(dir).join("Cargo.toml"))?)
    }

    pub(crate) fn new(dir: &str, manifest: Manifest) -> anyhow::Result<Self> {
        let name = manifest
            .get("package", "name")
            .with_context(|| format!("{dir} has no name"))?;
        let layer = manifest
            .get("package.metadata.cliproxy", "layer")
            .map(str::parse)
            .transpose();
        Ok(Self {
            name: name.trim_matches('"').to_owned(),
            dir: dir.to_owned(),
            layer: layer.with_context(|| format!("layer of {dir}"))?,
            published: manifest.get("package", "publish") != Some("false"),
            manifest,
        })
    }

    /// The names of the packages this one is built with; not those its tests alone need.
    pub(crate) fn dependencies(&self) -> impl Iterator<Item = &str> {
        self.manifest
            .dependencies()
            .filter(|(section, _, _)| !section.contains("dev-"))
            .map(|(_, name, _)| name)
    }
}

fn read_manifest(path: &Path) -> anyhow::Result<Manifest> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(Manifest::parse(&text))
}
