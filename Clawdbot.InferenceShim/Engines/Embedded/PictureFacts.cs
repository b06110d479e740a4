namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>The kind of a picture, as far as its pixels tell.</summary>
internal enum PictureKind
{
    /// <summary>Every visible pixel has nearly the same colour.</summary>
    SingleColour,

    /// <summary>Large areas without any variation: a drawing, a diagram, a screenshot.</summary>
    Drawing,

    /// <summary>Neither clearly a drawing nor clearly a photograph.</summary>
    Mixed,

    /// <summary>Almost every pixel differs a little from the next, as a sensor's noise makes it.</summary>
    Photograph,
}

/// <summary>The third of the picture in which most of a colour lies.</summary>
internal enum Placement
{
    Everywhere,
    Top,
    MiddleRow,
    Bottom,
    Left,
    MiddleColumn,
    Right,
}

/// <summary>One colour of a picture.</summary>
/// <param name="Colour">Its name.</param>
/// <param name="Share">Share of the visible area, 0..1.</param>
/// <param name="Placement">The third that holds most of it.</param>
internal sealed record ColourShare(ColourName Colour, double Share, Placement Placement);

/// <summary>What was measured in a picture; every statement of an answer rests on one of these.</summary>
/// <param name="Width">Columns, in pixels.</param>
/// <param name="Height">Rows, in pixels.</param>
/// <param name="Format">"PNG", "JPEG", "GIF", "BMP" or "WebP".</param>
/// <param name="Colours">Most first; the shares sum to 1. Empty when nothing is visible.</param>
/// <param name="Brightness">Mean luma of the visible part, 0 (black) .. 1 (white).</param>
/// <param name="Contrast">Luma between the darkest and the lightest twentieth of the visible part, 0..1.</param>
/// <param name="LightestCell">Cell of the 3 x 3 grid with the highest mean luma: 0 top left, 2 top right, 8 bottom right.</param>
/// <param name="DarkestCell">Cell of the same grid with the lowest mean luma.</param>
/// <param name="CellRange">Difference of the mean lumas of these two cells, 0..1.</param>
/// <param name="EqualNeighbours">Share of visible pixels whose right and lower neighbours have exactly the same colour, 0..1.</param>
/// <param name="DistinctColours">Exact colours among the sampled pixels; counting stops at <see cref="MostDistinctColours"/>.</param>
/// <param name="Kind">Drawing or photograph, from the two measures before.</param>
/// <param name="TransparentShare">Share of the area that lets the background through, 0..1.</param>
internal sealed record PictureFacts(
    int Width,
    int Height,
    string Format,
    IReadOnlyList<ColourShare> Colours,
    double Brightness,
    double Contrast,
    int LightestCell,
    int DarkestCell,
    double CellRange,
    double EqualNeighbours,
    int DistinctColours,
    PictureKind Kind,
    double TransparentShare)
{
    /// <summary>The number at which counting of distinct colours stops.</summary>
    public const int MostDistinctColours = 4096;
}
