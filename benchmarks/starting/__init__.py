"""What a model does with a source where diffusers has no pipeline for it."""
