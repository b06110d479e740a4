namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>The basic colour words that English and Chinese share.</summary>
internal enum ColourName
{
    Black,
    White,
    Grey,
    Red,
    Orange,
    Yellow,
    Green,
    Cyan,
    Blue,
    Purple,
    Pink,
    Brown,
}
