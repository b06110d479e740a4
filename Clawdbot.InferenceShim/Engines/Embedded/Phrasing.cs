namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Words answers in one language. Every method makes one sentence with its full stop and without space around it.</summary>
internal abstract class Phrasing
{
    /// <summary>The space between two sentences; may be empty.</summary>
    public abstract string Space { get; }

    /// <summary>The picture's size, such as 640x480, orientation and format.</summary>
    public abstract string Opening(PictureFacts facts, Dice dice);

    /// <summary>The dominant colours with their shares.</summary>
    public abstract string Colours(PictureFacts facts, Dice dice);

    /// <summary>Where the main colours lie; only for pictures with such colours.</summary>
    public abstract string Placement(PictureFacts facts, Dice dice);

    public abstract string Brightness(PictureFacts facts, Dice dice);

    /// <summary>Where the light and dark parts lie.</summary>
    public abstract string Light(PictureFacts facts, Dice dice);

    /// <summary>Whether it is a drawing or a photograph, with the measure that says so.</summary>
    public abstract string Kind(PictureFacts facts, Dice dice);

    public abstract string Transparency(PictureFacts facts, Dice dice);

    /// <summary>Says that what was asked for (objects or writing) can't be measured.</summary>
    public abstract string Limit(Topic topic, Dice dice);

    public abstract string Closing(Topic topic, Dice dice);

    /// <summary>One picture of several in one sentence, with its number from 1.</summary>
    public abstract string Numbered(int number, PictureFacts facts, Dice dice);

    /// <summary>Which of several pictures is brightest (indices from 0).</summary>
    public abstract string Comparison(IReadOnlyList<PictureFacts> pictures, int brightest, int darkest, Dice dice);

    /// <summary>What this engine is.</summary>
    public abstract string Identity(Dice dice);

    public abstract string Quote(Quotation quote, Dice dice);

    /// <summary>Where the real model runs.</summary>
    public abstract string RealModel(Dice dice);

    /// <summary>Says that the message mentions a picture and none came with it.</summary>
    public abstract string Missing(Dice dice);

    /// <summary>How to send a picture.</summary>
    public abstract string Invitation(Dice dice);

    /// <summary>Whether a difference of brightness (0..1) is large enough to be seen easily.</summary>
    protected static bool Noticeable(double difference) => difference >= 0.05;

    /// <summary>The level of a brightness (0..1), from 0 (very dark) to 4 (very bright).</summary>
    protected static int BrightnessLevel(double brightness) => Math.Clamp((int)(brightness * 5), 0, 4);

    /// <summary>The level of a contrast (0..1), from 0 (hardly any) to 3 (high).</summary>
    protected static int ContrastLevel(double contrast) => contrast switch { < 0.08 => 0, < 0.35 => 1, < 0.65 => 2, _ => 3 };
}
