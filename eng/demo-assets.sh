# Sourced with a folder as its argument: sets demo_name, demo_model, demo_images and demo_manifest. With the golden models
# and images beside the project (../shared, or SCORING_MODELS and SCORING_DATA) they are the trained ultrasound classifier
# and its images; without them, pictures and a small model are drawn and written into the folder.
assets_out="$1"
assets_models="${SCORING_MODELS:-$root/../shared/models}"
assets_data="${SCORING_DATA:-$root/../shared/data}"
if [ -d "$assets_models/busi_cnn/saved_model" ] && [ -d "$assets_data/busi" ]; then
  demo_name=busi
  demo_model="$(cd "$assets_models/busi_cnn/saved_model" && pwd)"
  demo_images="$(cd "$assets_data/busi" && pwd)"
  demo_manifest="$assets_out/scoring.json"
  cat >"$demo_manifest" <<'JSON'
{
  "format": 1,
  "task": "classification",
  "classes": ["benign", "malignant", "normal"],
  "input": {
    "kind": "image", "tensor": "keras_tensor", "height": 128, "width": 128, "channels": 1,
    "resize": "bilinear", "scale": 0.00392156862745098, "mean": null, "std": null
  },
  "output": { "tensor": "output_0", "kind": "probabilities" }
}
JSON
else
  echo "No golden models beside the project: drawing pictures and writing a model." >&2
  dotnet run --project "$root/samples/DemoAssets" --configuration Release --verbosity quiet -- \
    "$assets_out/assets" --images 240
  demo_name=stripes
  demo_model="$assets_out/assets/model"
  demo_images="$assets_out/assets/images"
  demo_manifest="$assets_out/assets/model/assets.extra/scoring.json"
fi
