using Clawdbot.ServiceDefaults.Pictures;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <param name="Question">What the answer is about.</param>
/// <param name="Language">The language to answer in.</param>
/// <param name="Tokens">Tokens of text and pictures.</param>
internal sealed record Prompt(Question Question, PromptLanguage Language, int Tokens);

/// <summary>Reads a conversation: its pictures are decoded and measured, its tokens counted.</summary>
internal sealed class PromptReader(EmbeddedEngineOptions options, Tokenizer tokenizer) : IDisposable
{
    /// <summary>What a chat template spends on a message's role and its delimiters.</summary>
    private const int TokensPerMessage = 4;

    /// <summary>A decoded picture is hundreds of times larger than its file: this bounds memory, not speed.</summary>
    private readonly SemaphoreSlim _decoding = new(2);

    /// <exception cref="EngineRefusalException">A picture that can't be used, too many of them, or a prompt beyond the context.</exception>
    public async Task<Prompt> ReadAsync(ChatRequest request, CancellationToken cancellation)
    {
        var images = request.Messages.SelectMany(m => m.Parts).OfType<ImagePart>().ToList();
        if (images.Count > options.MaxImages)
            throw new EngineRefusalException(400, "too_many_images", $"{images.Count} pictures in one request; this engine takes at most {options.MaxImages}.", "messages");

        var tokens = request.Messages.Sum(m => TokensPerMessage + m.Parts.OfType<TextPart>().Sum(t => tokenizer.Count(t.Text)));
        tokens += images.Sum(Header);
        if (tokens + (long)(request.MaxTokens ?? 1) > options.ContextTokens)
        {
            throw new EngineRefusalException(400, "context_length_exceeded",
                $"The prompt has {tokens} tokens and max_tokens is {request.MaxTokens ?? 1}; together they exceed the context of {options.ContextTokens} tokens. Shorten the prompt or ask for fewer tokens.", "messages");
        }

        var facts = new List<PictureFacts>(images.Count);
        foreach (var image in images)
            facts.Add(await MeasureAsync(image, cancellation));
        var last = request.Messages.LastOrDefault(m => m.Role == "user") ?? request.Messages[^1];
        var text = string.Join("\n", last.Parts.OfType<TextPart>().Select(p => p.Text));
        return new Prompt(new Question(text, facts), LanguageOf.Prompt(text), tokens);
    }

    /// <inheritdoc/>
    public void Dispose() => _decoding.Dispose();

    private static int Header(ImagePart image)
    {
        try
        {
            var (width, height, _) = PictureDecoder.ReadHeader(image.File.Span);
            return ImageTokens.Count(width, height);
        }
        catch (PictureException fault)
        {
            throw Refusal(fault, image);
        }
    }

    private async Task<PictureFacts> MeasureAsync(ImagePart image, CancellationToken cancellation)
    {
        await _decoding.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => PictureMeter.Measure(PictureDecoder.Decode(image.File, options.MaxImagePixels)), cancellation);
        }
        catch (PictureException fault)
        {
            throw Refusal(fault, image);
        }
        finally
        {
            _decoding.Release();
        }
    }

    private static EngineRefusalException Refusal(PictureException fault, ImagePart image) =>
        new(400, fault.Code, fault.Message, image.Param);
}
