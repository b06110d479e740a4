using System.Runtime.InteropServices;
using Clawdbot.ServiceDefaults.Pictures;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>A conversation as the embedded engine has read it.</summary>
/// <param name="Question">What the answer is about.</param>
/// <param name="Language">The language to answer in.</param>
/// <param name="Tokens">Tokens of text and pictures.</param>
internal sealed record Prompt(Question Question, PromptLanguage Language, int Tokens);

/// <summary>Reads a conversation: measures its pictures and counts its tokens, except where the cache has the results.</summary>
internal sealed class PromptReader(EmbeddedEngineOptions options, Tokenizer tokenizer, PromptCache cache) : IDisposable
{
    /// <summary>Tokens that a chat template spends on a message's role and its delimiters.</summary>
    private const int TokensPerMessage = 4;

    /// <summary>Limits memory: at most two pictures are decoded at once, each hundreds of times larger than its file.</summary>
    private readonly SemaphoreSlim _decoding = new(2);

    /// <exception cref="EngineRefusalException">A picture that can't be used, too many of them, or a prompt beyond the context.</exception>
    public async Task<Prompt> ReadAsync(ChatRequest request, CancellationToken cancellation)
    {
        var images = request.Messages.SelectMany(m => m.Parts).OfType<ImagePart>().Select(i => new Seen(i, cache)).ToList();
        if (images.Count > options.MaxImages)
        {
            throw new EngineRefusalException(400, "too_many_images",
                $"{images.Count} pictures in one request; this engine takes at most {options.MaxImages}.", "messages");
        }

        var (texts, found) = Texts(request.Messages, images);
        var tokens = texts + images.Sum(i => i.Tokens);
        if (tokens + (long)(request.MaxTokens ?? 1) > options.ContextTokens)
        {
            throw new EngineRefusalException(400, "context_length_exceeded",
                $"The prompt has {tokens} tokens and max_tokens is {request.MaxTokens ?? 1}; together they exceed the context of "
                + $"{options.ContextTokens} tokens. Shorten the prompt or ask for fewer tokens.", "messages");
        }

        var facts = new List<PictureFacts>(images.Count);
        foreach (var image in images)
            facts.Add(image.Facts ?? await MeasureAsync(image, cancellation));
        cache.Read(tokens, found + images.Sum(i => i.Facts is null ? 0 : i.Tokens));
        var last = request.Messages.LastOrDefault(m => m.Role == "user") ?? request.Messages[^1];
        var text = string.Join("\n", last.Parts.OfType<TextPart>().Select(p => p.Text));
        return new Prompt(new Question(text, facts), LanguageOf.Prompt(text), tokens);
    }

    /// <inheritdoc/>
    public void Dispose() => _decoding.Dispose();

    /// <summary>The tokens of all text, and how many of them belong to a beginning that the cache has.</summary>
    private (int All, int Found) Texts(IReadOnlyList<ChatMessage> messages, List<Seen> images)
    {
        var (all, found, key, image) = (0, 0, UInt128.Zero, 0);
        foreach (var message in messages)
        {
            key = PromptCache.Key(key, MemoryMarshal.AsBytes(message.Role.AsSpan()));
            foreach (var part in message.Parts)
            {
                key = part is TextPart text
                    ? PromptCache.Key(key, MemoryMarshal.AsBytes(text.Text.AsSpan()))
                    : PromptCache.Key(key ^ images[image++].Key, []);
            }
            var known = cache.Tokens(key);
            var tokens = known ?? TokensPerMessage + message.Parts.OfType<TextPart>().Sum(t => tokenizer.Count(t.Text));
            if (known is null)
                cache.Counted(key, tokens);
            (all, found) = (all + tokens, found + (known ?? 0));
        }
        return (all, found);
    }

    private async Task<PictureFacts> MeasureAsync(Seen seen, CancellationToken cancellation)
    {
        var image = seen.Image;
        await _decoding.WaitAsync(cancellation);
        try
        {
            var facts = await Task.Run(() => PictureMeter.Measure(PictureDecoder.Decode(image.File, options.MaxImagePixels)), cancellation);
            cache.Measured(seen.Key, facts);
            return facts;
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

    /// <summary>A picture of the request with what is known of it before it is decoded.</summary>
    private sealed class Seen
    {
        public Seen(ImagePart image, PromptCache cache)
        {
            (Image, Key) = (image, PromptCache.Key(UInt128.Zero, image.File.Span));
            Facts = cache.Picture(Key);
            Tokens = Facts is { } facts ? ImageTokens.Count(facts.Width, facts.Height) : Header(image);
        }

        public ImagePart Image { get; }

        public UInt128 Key { get; }

        /// <summary>The picture's facts; null when it has to be measured.</summary>
        public PictureFacts? Facts { get; }

        public int Tokens { get; }

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
    }
}
