using System.Globalization;
using System.Text;

namespace Clawdbot.Tests.Fakes;

/// <summary>OTLP's kinds that we have.</summary>
internal enum OtlpKind
{
    Internal = 1,
    Server = 2,
    Client = 3,
}

/// <param name="Name">What happened.</param>
/// <param name="Attributes">Numbers as digits.</param>
internal sealed record OtlpEvent(string Name, IReadOnlyDictionary<string, string> Attributes);

/// <summary>One exported span, as it travelled.</summary>
internal sealed record OtlpSpan
{
    /// <summary><c>service.name</c> of who exported it.</summary>
    public required string Service { get; init; }

    public string TraceId { get; private set; } = "";
    public string Id { get; private set; } = "";

    /// <summary>Empty: it is a trace's first.</summary>
    public string Parent { get; private set; } = "";

    public string Name { get; private set; } = "";
    public OtlpKind Kind { get; private set; }
    public bool IsError { get; private set; }
    public string StatusMessage { get; private set; } = "";
    public Dictionary<string, string> Attributes { get; } = [];
    public List<OtlpEvent> Events { get; } = [];

    /// <summary>The attribute's value; fails where there is none.</summary>
    public string this[string attribute] =>
        Attributes.TryGetValue(attribute, out var value) ? value : throw new KeyNotFoundException($"No {attribute} in {this}");

    public override string ToString() =>
        $"{Service} '{Name}' {Kind} {TraceId}/{Id} below {Parent}: {(IsError ? $"error '{StatusMessage}' " : "")}"
        + string.Join(" ", Attributes.Select(a => $"{a.Key}={a.Value}")) + string.Concat(Events.Select(e => $" [{e.Name}]"));

    /// <summary>The spans of an ExportTraceServiceRequest.</summary>
    public static IReadOnlyList<OtlpSpan> ReadAll(ReadOnlySpan<byte> request)
    {
        var spans = new List<OtlpSpan>();
        for (var outer = new Protobuf(request); outer.Next();)
        {
            if (outer.Field == 1)
                ReadResource(outer.Bytes, spans);
        }
        return spans;
    }

    private static void ReadResource(ReadOnlySpan<byte> message, List<OtlpSpan> spans)
    {
        var resource = new Dictionary<string, string>();
        for (var fields = new Protobuf(message); fields.Next();)
        {
            if (fields.Field != 1)
                continue;
            for (var inner = new Protobuf(fields.Bytes); inner.Next();)
            {
                if (inner.Field == 1)
                    AddAttribute(inner.Bytes, resource);
            }
        }
        for (var fields = new Protobuf(message); fields.Next();)
        {
            if (fields.Field != 2)
                continue;
            for (var scope = new Protobuf(fields.Bytes); scope.Next();)
            {
                if (scope.Field == 2)
                    spans.Add(Read(scope.Bytes, resource["service.name"]));
            }
        }
    }

    private static OtlpSpan Read(ReadOnlySpan<byte> message, string service)
    {
        var span = new OtlpSpan { Service = service };
        for (var fields = new Protobuf(message); fields.Next();)
            span.Take(fields);
        return span;
    }

    private void Take(Protobuf field)
    {
        switch (field.Field)
        {
            case 1:
                TraceId = Convert.ToHexStringLower(field.Bytes);
                break;
            case 2:
                Id = Convert.ToHexStringLower(field.Bytes);
                break;
            case 4:
                Parent = Convert.ToHexStringLower(field.Bytes);
                break;
            case 5:
                Name = Encoding.UTF8.GetString(field.Bytes);
                break;
            case 6:
                Kind = (OtlpKind)field.Number;
                break;
            case 9:
                AddAttribute(field.Bytes, Attributes);
                break;
            case 11:
                Events.Add(ReadEvent(field.Bytes));
                break;
            case 15:
                ReadStatus(field.Bytes);
                break;
        }
    }

    private void ReadStatus(ReadOnlySpan<byte> message)
    {
        for (var fields = new Protobuf(message); fields.Next();)
        {
            if (fields.Field == 2)
                StatusMessage = Encoding.UTF8.GetString(fields.Bytes);
            else if (fields.Field == 3)
                IsError = fields.Number == 2;
        }
    }

    private static OtlpEvent ReadEvent(ReadOnlySpan<byte> message)
    {
        var (name, attributes) = ("", new Dictionary<string, string>());
        for (var fields = new Protobuf(message); fields.Next();)
        {
            if (fields.Field == 2)
                name = Encoding.UTF8.GetString(fields.Bytes);
            else if (fields.Field == 3)
                AddAttribute(fields.Bytes, attributes);
        }
        return new OtlpEvent(name, attributes);
    }

    private static void AddAttribute(ReadOnlySpan<byte> message, Dictionary<string, string> attributes)
    {
        var (key, value) = ("", "");
        for (var fields = new Protobuf(message); fields.Next();)
        {
            if (fields.Field == 1)
                key = Encoding.UTF8.GetString(fields.Bytes);
            else if (new Protobuf(fields.Bytes) is var any && any.Next())
                value = any.Field == 1 ? Encoding.UTF8.GetString(any.Bytes) : ((long)any.Number).ToString(CultureInfo.InvariantCulture);
        }
        attributes.Add(key, value);
    }
}
