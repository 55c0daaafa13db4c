"""euthymia: an executable atlas of antidepressant mechanisms. A research instrument; it gives no medical advice."""
