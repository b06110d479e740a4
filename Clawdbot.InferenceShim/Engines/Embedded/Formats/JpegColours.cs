namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>Puts the components of a JPEG picture together.</summary>
internal static class JpegColours
{
    private enum Model
    {
        Grey,
        Rgb,
        BrightnessAndColour,
        Print,
        PrintAsBrightnessAndColour,
    }

    /// <summary>The pixels as RGBA.</summary>
    /// <param name="frame">A frame whose samples are complete.</param>
    /// <param name="adobeTransform">What the Adobe segment says: 0 is RGB or CMYK as it is; null when there is none.</param>
    public static byte[] Convert(JpegFrame frame, int? adobeTransform)
    {
        var rgba = new byte[frame.Width * frame.Height * 4];
        var model = ModelOf(frame, adobeTransform);
        var inverted = adobeTransform is not null;
        Span<byte> samples = stackalloc byte[4];
        var components = frame.Components.Select(component => new Plane(component, frame.MostAcross, frame.MostDown)).ToArray();
        for (var y = 0; y < frame.Height; y++)
        {
            for (var x = 0; x < frame.Width; x++)
            {
                for (var index = 0; index < components.Length; index++) samples[index] = components[index].At(x, y);
                var pixel = rgba.AsSpan(((y * frame.Width) + x) * 4, 4);
                Write(model, samples, inverted, pixel);
                pixel[3] = 255;
            }
        }

        return rgba;
    }

    private static Model ModelOf(JpegFrame frame, int? adobeTransform)
    {
        if (frame.Components.Count == 1) return Model.Grey;
        if (frame.Components.Count == 4) return adobeTransform == 2 ? Model.PrintAsBrightnessAndColour : Model.Print;
        var namedRgb = frame.Components.Select(component => component.Id).SequenceEqual("RGB".Select(letter => (int)letter));
        return adobeTransform == 0 || (adobeTransform is null && namedRgb) ? Model.Rgb : Model.BrightnessAndColour;
    }

    private static void Write(Model model, ReadOnlySpan<byte> samples, bool inverted, Span<byte> pixel)
    {
        switch (model)
        {
            case Model.Grey:
                pixel.Fill(samples[0]);
                break;
            case Model.Rgb or Model.Print:
                samples[..3].CopyTo(pixel);
                break;
            default:
                FromBrightnessAndColour(samples, pixel);
                break;
        }

        if (model is not (Model.Print or Model.PrintAsBrightnessAndColour)) return;
        // The inks are stored inverted, as light, unless they passed through the transform or no Adobe segment says so.
        var light = model == Model.Print && inverted;
        var key = inverted ? samples[3] : 255 - samples[3];
        for (var channel = 0; channel < 3; channel++)
        {
            pixel[channel] = (byte)((light ? pixel[channel] : 255 - pixel[channel]) * key / 255);
        }
    }

    private static void FromBrightnessAndColour(ReadOnlySpan<byte> samples, Span<byte> pixel)
    {
        float y = samples[0], blueness = samples[1] - 128, redness = samples[2] - 128;
        pixel[0] = Level(y + (1.402f * redness));
        pixel[1] = Level(y - (0.344136f * blueness) - (0.714136f * redness));
        pixel[2] = Level(y + (1.772f * blueness));
    }

    private static byte Level(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);

    /// <summary>A component seen at the size of the picture: the nearest sample, which is enough for measuring.</summary>
    private readonly struct Plane(JpegComponent component, int mostAcross, int mostDown)
    {
        private readonly int _width = component.BlocksAcross * 8;

        public byte At(int x, int y) =>
            component.Samples[(y * component.Down / mostDown * _width) + (x * component.Across / mostAcross)];
    }
}
