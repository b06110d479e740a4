namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>
/// Names a colour as people would. It works in OKLCh (lightness, chroma, hue after Björn Ottosson's OKLab), where equal
/// steps look equal; in HSV the border between orange and brown, or blue and purple, would move with brightness.
/// </summary>
internal static class ColourNaming
{
    // Below this chroma the eye sees no hue in a larger area.
    private const double GreyBelowChroma = 0.04;

    private static readonly double[] Linear = [.. Enumerable.Range(0, 256).Select(Linearise)];

    /// <summary>The name of an sRGB colour.</summary>
    public static ColourName Name(byte red, byte green, byte blue)
    {
        var (lightness, chroma, hue) = Oklch(red, green, blue);
        if (lightness < 0.16 || (lightness < 0.26 && chroma < 0.035)) return ColourName.Black;
        if (lightness >= 0.93 && chroma < 0.045) return ColourName.White;
        if (chroma < GreyBelowChroma) return ColourName.Grey;
        return hue switch
        {
            < 12 or >= 345 => Rose(lightness),
            < 38 => Reddish(lightness, chroma),
            < 84 => Warm(lightness, chroma),
            < 116 => Yellowish(lightness, hue),
            < 172 => ColourName.Green,
            < 212 => ColourName.Cyan,
            < 288 => ColourName.Blue,
            _ => Purplish(lightness, hue),
        };
    }

    private static ColourName Rose(double lightness) => lightness > 0.62 ? ColourName.Pink : ColourName.Red;

    private static ColourName Reddish(double lightness, double chroma)
    {
        if (lightness > 0.7) return ColourName.Pink;
        return chroma < 0.09 ? ColourName.Brown : ColourName.Red;
    }

    // Brown is dark or pale orange.
    private static ColourName Warm(double lightness, double chroma)
    {
        var brown = lightness < 0.64 || (lightness < 0.72 && chroma < 0.13) || (lightness < 0.81 && chroma < 0.085);
        return brown ? ColourName.Brown : ColourName.Orange;
    }

    private static ColourName Yellowish(double lightness, double hue)
    {
        if (lightness >= 0.7) return ColourName.Yellow;
        return hue < 98 ? ColourName.Brown : ColourName.Green;
    }

    private static ColourName Purplish(double lightness, double hue)
    {
        var pink = hue > 335 ? lightness > 0.62 : hue > 318 && lightness > 0.8;
        return pink ? ColourName.Pink : ColourName.Purple;
    }

    private static (double Lightness, double Chroma, double Hue) Oklch(byte red, byte green, byte blue)
    {
        double r = Linear[red], g = Linear[green], b = Linear[blue];
        var l = Math.Cbrt((0.4122214708 * r) + (0.5363325363 * g) + (0.0514459929 * b));
        var m = Math.Cbrt((0.2119034982 * r) + (0.6806995451 * g) + (0.1073969566 * b));
        var s = Math.Cbrt((0.0883024619 * r) + (0.2817188376 * g) + (0.6299787005 * b));
        var lightness = (0.2104542553 * l) + (0.7936177850 * m) - (0.0040720468 * s);
        var towardsRed = (1.9779984951 * l) - (2.4285922050 * m) + (0.4505937099 * s);
        var towardsYellow = (0.0259040371 * l) + (0.7827717662 * m) - (0.8086757660 * s);
        var degrees = Math.Atan2(towardsYellow, towardsRed) * 180 / Math.PI;
        return (lightness, Math.Sqrt((towardsRed * towardsRed) + (towardsYellow * towardsYellow)), degrees < 0 ? degrees + 360 : degrees);
    }

    private static double Linearise(int level)
    {
        var value = level / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }
}
