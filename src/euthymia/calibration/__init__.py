"""Findings marked for calibration to an ensemble of joint draws."""
