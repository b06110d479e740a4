using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>Writes the tools, the choice among them and the answer's format as chat requests have them.</summary>
internal static class MessagesTools
{
    private const int MostTools = 1024;
    private const int LongestName = 256;

    /// <summary>Writes <c>tools</c>; only the client's own are supported, because others run at Anthropic or have no schema.</summary>
    /// <returns>Whether there is one.</returns>
    public static bool Tools(RawJson value, ChatBody chat)
    {
        var tools = value.Items("tools", MostTools);
        for (var i = 0; i < tools.Count; i++)
        {
            var (at, tool) = ($"tools[{i}]", tools[i].Fields($"tools[{i}]"));
            if (tool.TryGetValue("type", out var told) && told.Text($"{at}.type", 64) is var type && type != "custom")
            {
                throw ApiException.BadRequest("unsupported_tool",
                    $"'{at}' is a tool of type '{type}', which is Anthropic's and not known here. Send tools with an input_schema.", at);
            }
            chat.Raw(i > 0 ? "," : ",\"tools\":[").Raw("{\"type\":\"function\",\"function\":{\"name\":").Text(Name(tool, at));
            if (tool.ContainsKey("description"))
                chat.Field("description", tool.WantedText("description", at));
            if (tool.Wanted("input_schema", at) is not { IsObject: true } schema)
                throw FieldRules.Type($"{at}.input_schema", "an object");
            chat.Field("parameters", schema);
            if (tool.TryGetValue("strict", out var strict) && strict.Flag($"{at}.strict"))
                chat.Field("strict", strict);
            chat.Raw("}}");
        }
        chat.Raw(tools.Count > 0 ? "]" : "");
        return tools.Count > 0;
    }

    /// <summary>Writes <c>tool_choice</c>.</summary>
    /// <param name="value">It.</param>
    /// <param name="hasTools">Whether there are tools; engines refuse a choice where there are none.</param>
    /// <param name="chat">Receives it.</param>
    public static void Choice(RawJson value, bool hasTools, ChatBody chat)
    {
        const string at = "tool_choice";
        var choice = value.Fields(at);
        var type = choice.WantedType(at);
        if (type is not ("auto" or "any" or "tool" or "none"))
            throw ApiException.BadRequest("invalid_value", $"'{at}.type' must be auto, any, tool or none.", $"{at}.type");
        if (!hasTools && type is ("any" or "tool"))
            throw ApiException.BadRequest("invalid_value", $"'{at}' wants a tool to be used, and 'tools' has none.", at);
        var isSingle = choice.TryGetValue("disable_parallel_tool_use", out var single) && single.Flag($"{at}.disable_parallel_tool_use");
        if (!hasTools)
            return;
        if (type == "tool")
            chat.Raw($",\"{at}\":{{\"type\":\"function\",\"function\":{{\"name\":").Text(Name(choice, at)).Raw("}}");
        else
            chat.Raw($",\"{at}\":\"{(type == "any" ? "required" : type)}\"");
        chat.Raw(isSingle ? ",\"parallel_tool_calls\":false" : "");
    }

    /// <summary>Writes the format in <c>output_config</c>. Its effort is passed over: engines have no common scale for it.</summary>
    public static void Output(RawJson value, ChatBody chat)
    {
        const string at = "output_config";
        var config = value.Fields(at);
        if (config.Keys.FirstOrDefault(k => k is not ("effort" or "format")) is { } unknown)
        {
            throw ApiException.BadRequest("unsupported_parameter", $"'{at}' may hold effort and format here.",
                $"{at}.{MessagesRequest.Shown(unknown)}");
        }
        if (!config.TryGetValue("format", out var told))
            return;
        var format = told.Fields($"{at}.format");
        if (format.WantedType($"{at}.format") != "json_schema")
            throw ApiException.BadRequest("invalid_value", $"'{at}.format.type' must be json_schema.", $"{at}.format.type");
        chat.Raw(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\"")
            .Field("schema", format.Wanted("schema", $"{at}.format")).Raw("}}");
    }

    private static string Name(Dictionary<string, RawJson> of, string at) => of.Wanted("name", at).Text($"{at}.name", LongestName);
}
