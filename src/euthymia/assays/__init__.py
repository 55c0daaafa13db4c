"""Latent states to what a laboratory reports."""
