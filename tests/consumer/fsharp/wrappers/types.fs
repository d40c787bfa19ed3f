module Snippets.__NAME__

open System
open System.Threading.Tasks
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell
open Consumer.Scope
// <imports>

// <snippet>
