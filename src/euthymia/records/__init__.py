"""What a study, finding, protocol, drug, assay and parameter is; reading them, whole, with every error at its line."""
