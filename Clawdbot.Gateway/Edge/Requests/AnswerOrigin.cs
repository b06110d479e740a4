namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>What an answer has from its beginning, whatever gateway and replica make it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Created">When its request came.</param>
/// <param name="Seed">The seed for a request that brings none.</param>
internal readonly record struct AnswerOrigin(string Id, DateTimeOffset Created, long Seed);
