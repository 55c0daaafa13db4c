"""assays"""
