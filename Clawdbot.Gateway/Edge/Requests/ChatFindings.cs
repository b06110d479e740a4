using System.Globalization;
using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Models;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Pictures;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>What <see cref="ChatScan"/> finds in one request.</summary>
internal sealed class ChatFindings
{
    /// <summary>Tokens assumed for a picture of unknown size, those of about a megapixel, and for other media.</summary>
    private const int UnknownTokens = 1280;

    private string? _model;
    private (int Start, int Length) _modelAt;
    private List<BodyEdit>? _edits;
    private (int Bytes, int Count) _media;

    public bool HasMessages { get; set; }
    public bool Stream { get; set; }
    public bool IncludeUsage { get; set; }
    public int Choices { get; set; } = 1;
    public bool OnlyText { get; set; } = true;
    public RequestNeeds Needs { get; private set; }
    public bool Reasons { get; set; }
    public bool WantsIds { get; set; }
    public bool HasSeed { get; set; }
    public int? MaxTokens { get; private set; }
    public List<Range> Pictures { get; } = [];

    /// <summary>By number, the pictures whose base64 is sent to engines in another form.</summary>
    public Dictionary<int, Base64Form>? Forms { get; set; }

    public PromptPrefix Prefix { get; } = new();

    public void ModelIs(ref Utf8JsonReader json, string name)
    {
        if (json.TokenType != JsonTokenType.Null)
            _model = FieldRules.Text(ref json, name, 256);
        _modelAt = ((int)json.TokenStartIndex, (int)(json.BytesConsumed - json.TokenStartIndex));
    }

    /// <summary>Takes a limit of tokens. 0 and -1 are for the engine to understand; to the gateway they say nothing.</summary>
    public void LimitIs(ref Utf8JsonReader json, string name)
    {
        var limit = FieldRules.Whole(ref json, name, -1, int.MaxValue);
        if (limit > 0)
            MaxTokens = (int)limit;
        if (limit is { } written && !json.TryGetInt64(out _))
            Edit(ref json, Encoding.ASCII.GetBytes(written.ToString(CultureInfo.InvariantCulture))); // 5.0, which not all engines read
    }

    /// <summary>Has engines sent something else than the value that the reader stands on.</summary>
    public void Edit(ref Utf8JsonReader json, ReadOnlyMemory<byte> text) =>
        Edit(new BodyEdit((int)json.TokenStartIndex, (int)(json.BytesConsumed - json.TokenStartIndex), text));

    /// <summary>Has engines sent something else than a part of the body.</summary>
    public void Edit(BodyEdit edit) => (_edits ??= []).Add(edit);

    /// <summary>Notes so many bytes of a video or the like, which are no text.</summary>
    public void HasMedia(int bytes) => _media = (_media.Bytes + bytes, _media.Count + 1);

    public void Wants(string field, bool isWanted)
    {
        OnlyText &= !isWanted;
        Needs |= isWanted ? ReplicaLacks.Of(MoreThanText.CapabilityOf(field)) : RequestNeeds.None;
    }

    private PromptSize Size(ReadOnlyMemory<byte> body)
    {
        var (text, images) = (body.Length - _media.Bytes, _media.Count * (long)UnknownTokens);
        foreach (var picture in Pictures)
        {
            var url = body.Span[picture];
            text -= url.Length;
            images += PictureSize.OfDataUri(url) is { } size ? ImageTokens.Count(size.Width, size.Height) : UnknownTokens;
        }
        return PromptSize.Of(text, images);
    }

    /// <summary>The field with a model in place of the client's, which has an alias or none.</summary>
    private BodyEdit Named(ReadOnlyMemory<byte> body, string model)
    {
        var text = $"\"{JsonEncodedText.Encode(model)}\"";
        return _modelAt.Length > 0
            ? new BodyEdit(_modelAt.Start, _modelAt.Length, Encoding.UTF8.GetBytes(text))
            : new BodyEdit(body.Span.IndexOf((byte)'{') + 1, 0, Encoding.UTF8.GetBytes($"\"model\":{text},"));
    }

    public GenerationRequest ToGeneration(ReadOnlyMemory<byte> body, ModelDirectory? models)
    {
        var isNamed = !string.IsNullOrEmpty(_model);
        if (!isNamed && models is null)
            throw ApiException.BadRequest("missing_field", "'model' is missing. GET /v1/models lists what is served.", "model");
        if (!HasMessages)
            throw ApiException.BadRequest("missing_field", "'messages' is missing. Send at least one message.", "messages");
        var model = isNamed ? _model! : models!.Default();
        var alias = models?.AliasOf(model);
        if (!isNamed || alias is not null)
            Edit(Named(body, alias ?? model));
        _edits?.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return new GenerationRequest
        {
            Body = body,
            Edits = _edits,
            Model = model,
            AliasOf = alias,
            Stream = Stream,
            IncludeUsage = IncludeUsage,
            Choices = Choices,
            OnlyText = OnlyText,
            Reasons = Reasons,
            Needs = Needs | (Pictures.Count > 0 ? RequestNeeds.Pictures : RequestNeeds.None),
            WantsIds = WantsIds,
            HasSeed = HasSeed,
            PromptBytes = body.Length,
            Prompt = Size(body),
            MaxTokens = MaxTokens,
            CacheKey = Pictures is [var first, ..] ? PromptPrefix.OfPicture(body.Span[first]) : Prefix.Key,
            Pictures = Pictures.Count == 0 ? null : new PictureHashes([.. Pictures.Select(p => body[p])], Forms),
        };
    }
}
