using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>Writes the tools, the choice among them and the text's format as chat requests have them.</summary>
internal static class ResponsesTools
{
    private const int MostTools = 1024;

    /// <summary>Writes <c>tools</c>; only functions are supported, because others would run at OpenAI.</summary>
    public static void Tools(RawJson value, ChatBody chat)
    {
        chat.Raw(",\"tools\":[");
        var tools = value.Items("tools", MostTools);
        for (var i = 0; i < tools.Count; i++)
        {
            var (at, tool) = ($"tools[{i}]", tools[i].Fields($"tools[{i}]"));
            if (Type(tool, at) is not "function" and var type)
            {
                throw ApiException.BadRequest("unsupported_tool",
                    $"'{at}' is a tool of type '{type}', which runs at OpenAI and not here. Send tools of type function.", at);
            }
            chat.Raw(i > 0 ? "," : "").Raw("{\"type\":\"function\",\"function\":{\"name\":").Text(Name(tool, at));
            foreach (var name in (string[])["description", "parameters", "strict"])
            {
                if (tool.TryGetValue(name, out var field))
                    chat.Field(name, field);
            }
            chat.Raw("}}");
        }
        chat.Raw("]");
    }

    /// <summary>Writes <c>tool_choice</c>.</summary>
    public static void Choice(RawJson value, ChatBody chat)
    {
        const string at = "tool_choice";
        if (value.IsText)
        {
            chat.Field(at, value);
            return;
        }
        var choice = value.Fields(at);
        if (Type(choice, at) is not "function" and var type)
            throw ApiException.BadRequest("unsupported_parameter", $"A '{at}' of type '{type}' is not supported here.", at);
        chat.Raw($",\"{at}\":{{\"type\":\"function\",\"function\":{{\"name\":").Text(Name(choice, at)).Raw("}}");
    }

    /// <summary>Writes <c>text</c>, which holds the format.</summary>
    public static void Format(RawJson value, ChatBody chat)
    {
        var text = value.Fields("text");
        if (text.TryGetValue("verbosity", out var verbosity))
            chat.Field("verbosity", verbosity);
        if (!text.TryGetValue("format", out var told))
            return;
        var (at, format) = ("text.format", told.Fields("text.format"));
        switch (Type(format, at))
        {
            case "text":
                break;
            case "json_object":
                chat.Raw(",\"response_format\":{\"type\":\"json_object\"}");
                break;
            case "json_schema":
                chat.Raw(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":").Text(Name(format, at));
                foreach (var name in (string[])["description", "schema", "strict"])
                {
                    if (format.TryGetValue(name, out var field))
                        chat.Field(name, field);
                }
                chat.Raw("}}");
                break;
            case var type:
                throw ApiException.BadRequest("unsupported_parameter",
                    $"'{at}' has the type '{type}'; text, json_object and json_schema are supported.", at);
        }
    }

    private static string Type(Dictionary<string, RawJson> of, string at) => Wanted(of, "type", at, 64);

    private static string Name(Dictionary<string, RawJson> of, string at) => Wanted(of, "name", at, 256);

    private static string Wanted(Dictionary<string, RawJson> of, string name, string at, int longest) => of.TryGetValue(name, out var value)
        ? value.Text($"{at}.{name}", longest)
        : throw ApiException.BadRequest("missing_field", $"'{at}' has no '{name}'.", $"{at}.{name}");
}
