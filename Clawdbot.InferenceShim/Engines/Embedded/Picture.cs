namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>A decoded picture.</summary>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
/// <param name="Rgba">Rows from the top, four bytes a pixel (red, green, blue, alpha, not premultiplied): Width * Height * 4 bytes.</param>
/// <param name="Format">The file's format: "PNG", "JPEG", "GIF", "BMP" or "WebP".</param>
internal sealed record Picture(int Width, int Height, byte[] Rgba, string Format);
