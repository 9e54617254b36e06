// Made from openapi.json by `npm run contract`; not to be edited.

export interface paths {
  "/v1/quotes": {
    post: {
      requestBody?: {
        content: {
          "application/json": {
            videos: {
              complexity?: "standard" | "complex" | "very_complex"
              route?: string
              regions?: string[]
              providers?: string[]
              mapping?: "exact" | "nearest"
              lane?: "standard" | "relaxed"
              model?: string
              seconds?: string | number
              operation?: "create" | "remix" | "edit" | "extend"
              video?: string | {
                id?: string
                video_url?: string
              }
              characters?: {
                id: string
              }[]
              prompt?: string
              size?: string
              input_reference?: unknown
              rate_card?: string
            }[]
            rate_card?: string
          } | {
            complexity?: "standard" | "complex" | "very_complex"
            route?: string
            regions?: string[]
            providers?: string[]
            mapping?: "exact" | "nearest"
            lane?: "standard" | "relaxed"
            model?: string
            seconds?: string | number
            operation?: "create" | "remix" | "edit" | "extend"
            video?: string | {
              id?: string
              video_url?: string
            }
            characters?: {
              id: string
            }[]
            prompt?: string
            size?: string
            input_reference?: unknown
            rate_card?: string
            videos?: unknown
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Quote"] | {
              object: "quote"
              items: components["schemas"]["Quote"][]
              credits: number
              usd: string
              demo?: true
            }
          }
        }
      }
    }
  }
  "/v1/comparisons": {
    post: {
      requestBody?: {
        content: {
          "application/json": {
            model?: string
            seconds?: string | number
            size?: string
            complexity?: "standard" | "complex" | "very_complex"
            clips_per_month?: number
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Comparison"]
          }
        }
      }
    }
  }
  "/v1/projects/estimate": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            name?: string
            model?: string
            size?: string
            rate_card?: string
            retry_percent?: number
            expected_retry_percent?: number
            shots: {
              name?: string
              prompt?: string
              count?: number
              seconds: string | number
              size?: string
              model?: string
              complexity?: "standard" | "complex" | "very_complex"
              iterations?: number
              draft?: {
                iterations: number
                seconds?: string | number
                size?: string
                model?: string
              }
              remixes?: number
              extensions?: (string | number)[]
              retry_percent?: number
              expected_retry_percent?: number
            }[]
            economics?: {
              price_usd: string
              clips_per_day?: number
              clips_per_month?: number
              overhead_usd?: string
            }
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["ProjectEstimate"]
          }
        }
      }
    }
  }
  "/v1/prompts/check": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            prompt: string
            seconds?: string | number
            shots?: number
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["PromptCheck"]
          }
        }
      }
    }
  }
  "/v1/plans/advise": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            clips_per_month?: number
            seconds?: string | number
            size?: string
            model?: string
            quality?: "standard" | "pro"
            longest_seconds?: string | number
            clips?: {
              clips_per_month: number
              seconds: string | number
              size?: string
              model?: string
              quality?: "standard" | "pro"
              longest_seconds?: string | number
            }[]
            needs?: {
              no_watermark?: boolean
              api?: boolean
              pay_as_you_go?: boolean
              relaxed?: boolean
            }
            plans?: string[]
            packs?: string[]
            rate_cards?: string[]
            credits_card?: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["PlanAdvice"]
          }
        }
      }
    }
  }
  "/v1/videos": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Video"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      requestBody: {
        content: {
          "application/json": {
            complexity?: "standard" | "complex" | "very_complex"
            route?: string
            regions?: string[]
            providers?: string[]
            mapping?: "exact" | "nearest"
            lane?: "standard" | "relaxed"
            model?: string
            seconds?: string | number
            prompt: string
            size?: string
            input_reference?: string | {
              image_url?: string
              file_id?: string
            }
            characters?: {
              id: string
            }[]
            metadata?: {
              [key: string]: string
            }
            max_credits?: number
            quote?: string
            on_insufficient?: "refuse" | "park"
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Video"]
          }
        }
      }
    }
  }
  "/v1/videos/edits": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            complexity?: "standard" | "complex" | "very_complex"
            route?: string
            regions?: string[]
            providers?: string[]
            mapping?: "exact" | "nearest"
            lane?: "standard" | "relaxed"
            metadata?: {
              [key: string]: string
            }
            max_credits?: number
            quote?: string
            on_insufficient?: "refuse" | "park"
            prompt: string
            model?: string
            characters?: unknown[] | null
            video: string | {
              id?: string
              video_url?: string
            }
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Video"]
          }
        }
      }
    }
  }
  "/v1/videos/extensions": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            complexity?: "standard" | "complex" | "very_complex"
            route?: string
            regions?: string[]
            providers?: string[]
            mapping?: "exact" | "nearest"
            lane?: "standard" | "relaxed"
            metadata?: {
              [key: string]: string
            }
            max_credits?: number
            quote?: string
            on_insufficient?: "refuse" | "park"
            prompt: string
            model?: string
            characters?: unknown[] | null
            seconds: string | number
            video: string | {
              id?: string
              video_url?: string
            }
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Video"]
          }
        }
      }
    }
  }
  "/v1/videos/characters": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            name: string
            video: string | {
              id?: string
              video_url?: string
            }
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Character"]
          }
        }
      }
    }
  }
  "/v1/videos/characters/{character_id}": {
    get: {
      parameters: {
        path: {
          character_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Character"]
          }
        }
      }
    }
  }
  "/v1/videos/{video_id}": {
    get: {
      parameters: {
        path: {
          video_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Video"]
          }
        }
      }
    }
    delete: {
      parameters: {
        path: {
          video_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              id: string
              object: "video.deleted"
              deleted: true
            }
          }
        }
      }
    }
  }
  "/v1/videos/{video_id}/content": {
    get: {
      parameters: {
        query?: {
          variant?: "video" | "thumbnail" | "spritesheet"
          redirect?: "true" | "false"
        }
        path: {
          video_id: string
        }
      }
      responses: {
        200: {
        }
      }
    }
  }
  "/v1/videos/{video_id}/remix": {
    post: {
      parameters: {
        path: {
          video_id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            complexity?: "standard" | "complex" | "very_complex"
            route?: string
            regions?: string[]
            providers?: string[]
            mapping?: "exact" | "nearest"
            lane?: "standard" | "relaxed"
            metadata?: {
              [key: string]: string
            }
            max_credits?: number
            quote?: string
            on_insufficient?: "refuse" | "park"
            prompt: string
            model?: string
            characters?: unknown[] | null
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Video"]
          }
        }
      }
    }
  }
  "/v1/videos/{video_id}/promote": {
    post: {
      parameters: {
        path: {
          video_id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            complexity?: "standard" | "complex" | "very_complex"
            route?: string
            regions?: string[]
            providers?: string[]
            mapping?: "exact" | "nearest"
            lane?: "standard" | "relaxed"
            metadata?: {
              [key: string]: string
            }
            max_credits?: number
            quote?: string
            on_insufficient?: "refuse" | "park"
            model?: string
            size?: string
            seconds?: string | number
            prompt?: string
            input_reference?: string | {
              image_url?: string
              file_id?: string
            }
            drafts?: string[]
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Video"]
          }
        }
      }
    }
  }
  "/v1/videos/{video_id}/receipt": {
    get: {
      parameters: {
        path: {
          video_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Receipt"]
          }
        }
      }
    }
  }
  "/v1/videos/{video_id}/refund": {
    post: {
      parameters: {
        path: {
          video_id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            credits?: number
            reason: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["LedgerEntry"]
          }
        }
      }
    }
  }
  "/v1/batches": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Batch"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      parameters: {
        query?: {
          name?: string
          max_credits?: number
          concurrency?: number
          delay_s?: number
          start?: boolean
          on_insufficient?: "pause" | "fail"
          completion_window?: string
          dry_run?: boolean
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            name?: string
            max_credits?: number
            concurrency?: number
            delay_s?: number
            start?: boolean
            on_insufficient?: "pause" | "fail"
            completion_window?: string
            dry_run?: boolean
            items?: {
              custom_id: string
              priority?: number
              delay_s?: number
              body: {
                complexity?: "standard" | "complex" | "very_complex"
                route?: string
                regions?: string[]
                providers?: string[]
                mapping?: "exact" | "nearest"
                lane?: "standard" | "relaxed"
                model?: string
                seconds?: string | number
                prompt: string
                size?: string
                input_reference?: string | {
                  image_url?: string
                  file_id?: string
                }
                characters?: {
                  id: string
                }[]
                metadata?: {
                  [key: string]: string
                }
                max_credits?: number
                quote?: string
                on_insufficient?: "refuse" | "park"
              }
              method?: "POST"
              url?: "/v1/videos"
            }[]
            input_file_id?: string
            endpoint?: "/v1/videos"
            metadata?: {
              [key: string]: string
            } | null
            output_expires_after?: unknown
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Batch"] | components["schemas"]["BatchCheck"]
          }
        }
      }
    }
  }
  "/v1/batches/{batch_id}": {
    get: {
      parameters: {
        path: {
          batch_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Batch"]
          }
        }
      }
    }
    post: {
      parameters: {
        path: {
          batch_id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            max_credits?: number | null
            concurrency?: number
            delay_s?: number
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Batch"]
          }
        }
      }
    }
  }
  "/v1/batches/{batch_id}/items": {
    get: {
      parameters: {
        query?: {
          state?: "waiting" | "open" | "completed" | "failed" | "cancelled"
          after?: string
          limit?: number
        }
        path: {
          batch_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["BatchItem"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
  }
  "/v1/batches/{batch_id}/start": {
    post: {
      parameters: {
        path: {
          batch_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Batch"]
          }
        }
      }
    }
  }
  "/v1/batches/{batch_id}/pause": {
    post: {
      parameters: {
        path: {
          batch_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Batch"]
          }
        }
      }
    }
  }
  "/v1/batches/{batch_id}/resume": {
    post: {
      parameters: {
        path: {
          batch_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Batch"]
          }
        }
      }
    }
  }
  "/v1/batches/{batch_id}/cancel": {
    post: {
      parameters: {
        path: {
          batch_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Batch"]
          }
        }
      }
    }
  }
  "/v1/batches/{batch_id}/results": {
    get: {
      parameters: {
        query?: {
          format?: "jsonl" | "csv"
        }
        path: {
          batch_id: string
        }
      }
      responses: {
        200: {
        }
      }
    }
  }
  "/v1/files": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
          purpose?: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["File"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      requestBody: {
        content: {
          "application/json": {
            file: string
            purpose: "batch"
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["File"]
          }
        }
      }
    }
  }
  "/v1/files/{file_id}": {
    get: {
      parameters: {
        path: {
          file_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["File"]
          }
        }
      }
    }
    delete: {
      parameters: {
        path: {
          file_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              id: string
              object: "file"
              deleted: true
            }
          }
        }
      }
    }
  }
  "/v1/files/{file_id}/content": {
    get: {
      parameters: {
        path: {
          file_id: string
        }
      }
      responses: {
        200: {
        }
      }
    }
  }
  "/v1/storyboards": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["StoryboardSummary"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      requestBody: {
        content: {
          "application/json": {
            name?: string
            model?: string
            size?: string
            shots: {
              complexity?: "standard" | "complex" | "very_complex"
              route?: string
              regions?: string[]
              providers?: string[]
              mapping?: "exact" | "nearest"
              lane?: "standard" | "relaxed"
              model?: string
              seconds?: string | number
              prompt: string
              size?: string
              input_reference?: {
                image_url: string
              }
              characters?: {
                id: string
              }[]
              name?: string
              metadata?: {
                [key: string]: string
              }
              max_credits?: number
            }[]
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Storyboard"]
          }
        }
      }
    }
  }
  "/v1/storyboards/{storyboard_id}": {
    get: {
      parameters: {
        path: {
          storyboard_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Storyboard"]
          }
        }
      }
    }
    delete: {
      parameters: {
        path: {
          storyboard_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "storyboard.deleted"
              id: string
              deleted: true
            }
          }
        }
      }
    }
  }
  "/v1/storyboards/{storyboard_id}/preview": {
    post: {
      parameters: {
        path: {
          storyboard_id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": Record<string, unknown>
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Storyboard"]
          }
        }
      }
    }
  }
  "/v1/storyboards/{storyboard_id}/shots/{index}/make": {
    post: {
      parameters: {
        path: {
          storyboard_id: string
          index: number
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            draft?: {
              model?: string
              size?: string
              seconds?: string | number
            }
            again?: boolean
            max_credits?: number
            quote?: string
            on_insufficient?: "refuse" | "park"
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Video"]
          }
        }
      }
    }
  }
  "/v1/storyboards/{storyboard_id}/batch": {
    post: {
      parameters: {
        path: {
          storyboard_id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            name?: string
            max_credits?: number
            concurrency?: number
            delay_s?: number
            start?: boolean
            on_insufficient?: "pause" | "fail"
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Batch"]
          }
        }
      }
    }
  }
  "/v1/chat/completions": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            complexity?: "standard" | "complex" | "very_complex"
            route?: string
            regions?: string[]
            providers?: string[]
            mapping?: "exact" | "nearest"
            lane?: "standard" | "relaxed"
            metadata?: {
              [key: string]: string
            }
            max_credits?: number
            quote?: string
            on_insufficient?: "refuse" | "park"
            model: string
            messages: {
              role: string
              content?: (string | ({
                type: "text"
                text: string
              } | {
                type: "image_url"
                image_url: {
                  url: string
                } | string
              })[]) | null
            }[]
            stream?: boolean | null
            stream_options?: {
              include_usage?: boolean | null
            } | null
            n?: 1 | null
            seconds?: string | number
            size?: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["ChatCompletion"]
          }
        }
      }
    }
  }
  "/v1/clips/{file}": {
    get: {
      parameters: {
        path: {
          file: string
        }
      }
      responses: {
        200: {
        }
      }
    }
  }
  "/v1/customers": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Customer"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      requestBody: {
        content: {
          "application/json": {
            name: string
            time_zone?: string
            rate_card?: string | null
            limits?: {
              creates_per_minute?: number | null
              open_videos?: number | null
              reads_per_minute?: number | null
            } | null
            tier?: string | null
            guardrails?: {
              models?: string[] | null
              seconds?: number[] | null
              sizes?: string[] | null
              price_floor?: {
                credits?: number | null
                percent_of_cost?: number | null
              } | null
              default_model?: string | null
              default_size?: string | null
            } | null
            metadata?: {
              [key: string]: string
            }
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Customer"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}": {
    get: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Customer"]
          }
        }
      }
    }
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            name?: string
            time_zone?: string
            rate_card?: string | null
            limits?: {
              creates_per_minute?: number | null
              open_videos?: number | null
              reads_per_minute?: number | null
            } | null
            tier?: string | null
            guardrails?: {
              models?: string[] | null
              seconds?: number[] | null
              sizes?: string[] | null
              price_floor?: {
                credits?: number | null
                percent_of_cost?: number | null
              } | null
              default_model?: string | null
              default_size?: string | null
            } | null
            metadata?: {
              [key: string]: string
            }
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Customer"]
          }
        }
      }
    }
    patch: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            name?: string
            time_zone?: string
            rate_card?: string | null
            limits?: {
              creates_per_minute?: number | null
              open_videos?: number | null
              reads_per_minute?: number | null
            } | null
            tier?: string | null
            guardrails?: {
              models?: string[] | null
              seconds?: number[] | null
              sizes?: string[] | null
              price_floor?: {
                credits?: number | null
                percent_of_cost?: number | null
              } | null
              default_model?: string | null
              default_size?: string | null
            } | null
            metadata?: {
              [key: string]: string
            }
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Customer"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/keys": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
        }
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Key"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            name: string
            budget?: {
              day?: number | null
              month?: number | null
              total?: number | null
            } | null
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["NewKey"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/keys/{key_id}": {
    post: {
      parameters: {
        path: {
          id: string
          key_id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            name?: string
            budget?: {
              day?: number | null
              month?: number | null
              total?: number | null
            } | null
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Key"]
          }
        }
      }
    }
    delete: {
      parameters: {
        path: {
          id: string
          key_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "key.deleted"
              id: string
              deleted: true
            }
          }
        }
      }
    }
    patch: {
      parameters: {
        path: {
          id: string
          key_id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            name?: string
            budget?: {
              day?: number | null
              month?: number | null
              total?: number | null
            } | null
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Key"]
          }
        }
      }
    }
  }
  "/v1/limits": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Limits"]
          }
        }
      }
    }
  }
  "/v1/tiers": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Tier"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
  }
  "/v1/customers/{id}/grants": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            credits: number
            kind: "daily" | "subscription" | "pack" | "promo" | "adjustment"
            expires_at?: number | null
            priority?: number
            models?: string[] | null
            cost_usd?: string
            reason?: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Grant"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/reversals": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
        }
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Reversal"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            grant?: string
            payment?: string
            kind: "refund" | "chargeback"
            credits?: number
            refunded_usd?: string
            reason: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Reversal"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/reversals/{reversal_id}": {
    get: {
      parameters: {
        path: {
          id: string
          reversal_id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Reversal"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/reversals/{reversal_id}/reinstate": {
    post: {
      parameters: {
        path: {
          id: string
          reversal_id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            reason: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Reversal"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/owed": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            by: "write_off" | "repayment"
            credits?: number
            reason: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["LedgerEntry"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/allowance": {
    get: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Allowance"]
          }
        }
      }
    }
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            policy: {
              from: string
              credits: number
            }[]
            priority?: number
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Allowance"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/packs": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            pack: string
            reference?: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Grant"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/subscription": {
    get: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Subscription"]
          }
        }
      }
    }
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            plan: string
            reference?: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Subscription"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/subscription/renew": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            reference?: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Subscription"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/subscription/change": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            plan: string
            reference?: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Subscription"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/subscription/cancel": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": Record<string, unknown>
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Subscription"]
          }
        }
      }
    }
  }
  "/v1/customers/{id}/subscription/resume": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": Record<string, unknown>
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Subscription"]
          }
        }
      }
    }
  }
  "/v1/subscription": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": {
              object: "subscription_status"
              subscription: components["schemas"]["Subscription"] | null
              today: {
                clips: number
                left: number
                resets_at: number
              } | null
            }
          }
        }
      }
    }
  }
  "/v1/customers/{id}/payments": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
        }
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Payment"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            plan?: string
            pack?: string
            reference?: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Payment"]
          }
        }
      }
    }
  }
  "/v1/payments/{id}/confirm": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": Record<string, unknown>
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Payment"]
          }
        }
      }
    }
  }
  "/v1/payments/{id}/fail": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": Record<string, unknown>
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Payment"]
          }
        }
      }
    }
  }
  "/v1/plans": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Plan"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
  }
  "/v1/packs": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Pack"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
  }
  "/v1/customers/{id}/balance": {
    get: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Balance"]
          }
        }
      }
    }
  }
  "/v1/balance": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Balance"]
          }
        }
      }
    }
  }
  "/v1/ledger": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
          customer?: string
          video?: string
          hold?: string
          kind?: "grant" | "hold" | "capture" | "release" | "expire" | "refund" | "adjustment" | "reversal" | "reinstatement" | "write_off" | "repayment"
          from?: number
          to?: number
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["LedgerEntry"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
  }
  "/v1/ledger/audit": {
    get: {
      parameters: {
        query?: {
          full?: boolean
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Audit"]
          }
        }
      }
    }
  }
  "/v1/statements/{period}": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          customer?: string
        }
        path: {
          period: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Statement"]
          }
        }
      }
    }
  }
  "/v1/margin": {
    get: {
      parameters: {
        query?: {
          by?: "model" | "route" | "provider" | "customer" | "day"
          from?: number
          to?: number
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Margin"]
          }
        }
      }
    }
  }
  "/v1/retries": {
    get: {
      parameters: {
        query?: {
          by?: "model" | "customer" | "route" | "provider"
          from?: number
          to?: number
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Retries"]
          }
        }
      }
    }
  }
  "/v1/bills": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Bill"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      requestBody: {
        content: {
          "application/json": {
            provider: string
            from: number
            to: number
            csv: string
            columns?: {
              reference?: string
              usd?: string
              credits?: string
              description?: string
            }
            usd_per_credit?: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Bill"]
          }
        }
      }
    }
  }
  "/v1/bills/{id}": {
    get: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Bill"]
          }
        }
      }
    }
    delete: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "bill.deleted"
              id: string
              deleted: true
            }
          }
        }
      }
    }
  }
  "/v1/bills/{id}/items": {
    get: {
      parameters: {
        query?: {
          verdict?: "matched" | "different" | "missing" | "unexpected" | "other"
          after?: string
          limit?: number
        }
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["BillItem"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
  }
  "/v1/bills/{id}/adopt": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Bill"]
          }
        }
      }
    }
  }
  "/v1/attempts": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
          state?: "parked" | "planned" | "submitting" | "submit_unknown" | "running" | "fetching" | "checking" | "done" | "rejected" | "throttled" | "absent" | "unsent" | "failed" | "cancelled" | "expired"
          provider?: string
          video?: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Attempt"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
  }
  "/v1/attempts/{id}": {
    get: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Attempt"]
          }
        }
      }
    }
  }
  "/v1/attempts/{id}/resolve": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            verdict: "not_delivered" | "failed" | "adopt"
            provider_ref?: string
            reason: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Attempt"]
          }
        }
      }
    }
  }
  "/v1/callbacks/{token}": {
    post: {
      parameters: {
        path: {
          token: string
        }
      }
      responses: {
        202: {
          content: {
            "application/json": {
              object: "callback"
              received: true
            }
          }
        }
      }
    }
  }
  "/v1/holds": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
          status?: "held" | "captured" | "released" | "expired"
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Hold"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      requestBody: {
        content: {
          "application/json": {
            credits: number
            description?: string
            expires_in_s?: number
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Hold"]
          }
        }
      }
    }
  }
  "/v1/holds/{id}": {
    get: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Hold"]
          }
        }
      }
    }
  }
  "/v1/holds/{id}/capture": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            credits?: number
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Hold"]
          }
        }
      }
    }
  }
  "/v1/holds/{id}/release": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": Record<string, unknown>
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Hold"]
          }
        }
      }
    }
  }
  "/v1/holds/{id}/refund": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            credits?: number
            reason: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["LedgerEntry"]
          }
        }
      }
    }
  }
  "/v1/usage": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Usage"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      requestBody: {
        content: {
          "application/json": {
            credits: number
            description?: string
            metadata?: {
              [key: string]: string
            }
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Usage"]
          }
        }
      }
    }
  }
  "/v1/usage/batch": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            records: {
              id: string
              credits: number
              description?: string
              metadata?: {
                [key: string]: string
              }
            }[]
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "usage_batch"
              data: {
                id: string
                status: "recorded" | "repeated" | "refused"
                usage: components["schemas"]["Usage"] | null
                error: ({
                  code: string
                  message: string
                  type: string
                } & {
                  [key: string]: unknown
                }) | null
              }[]
            }
          }
        }
      }
    }
  }
  "/v1/usage/{id}": {
    get: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Usage"]
          }
        }
      }
    }
  }
  "/v1/usage/{id}/refund": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            credits?: number
            reason: string
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["LedgerEntry"]
          }
        }
      }
    }
  }
  "/v1/webhook_endpoints": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["WebhookEndpoint"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
    post: {
      requestBody: {
        content: {
          "application/json": {
            name: string
            url: string
            event_types: ("video.completed" | "video.failed" | "video.progress" | "credits.low" | "grant.expiring")[]
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["WebhookEndpointWithSecret"]
          }
        }
      }
    }
  }
  "/v1/webhook_endpoints/{id}": {
    get: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["WebhookEndpoint"]
          }
        }
      }
    }
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            name?: string
            url?: string
            event_types?: ("video.completed" | "video.failed" | "video.progress" | "credits.low" | "grant.expiring")[]
            disabled?: boolean
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["WebhookEndpoint"]
          }
        }
      }
    }
    delete: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "webhook_endpoint.deleted"
              id: string
              deleted: true
            }
          }
        }
      }
    }
  }
  "/v1/webhook_endpoints/{id}/rotate_secret": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody?: {
        content: {
          "application/json": {
            keep_old_secret_active_for_24_hours?: boolean
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["WebhookEndpointWithSecret"]
          }
        }
      }
    }
  }
  "/v1/webhook_endpoints/{id}/test": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      requestBody: {
        content: {
          "application/json": {
            event_type: "video.completed" | "video.failed" | "video.progress" | "credits.low" | "grant.expiring"
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "webhook_endpoint.test"
              webhook_endpoint_id: string
              event_type: string
              status_code: number | null
              success: boolean
              error: string | null
            }
          }
        }
      }
    }
  }
  "/v1/webhook_endpoints/{id}/deliveries": {
    get: {
      parameters: {
        query?: {
          after?: string
          limit?: number
          order?: "asc" | "desc"
        }
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["WebhookDelivery"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
  }
  "/v1/webhook_deliveries/{id}/replay": {
    post: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["WebhookDelivery"]
          }
        }
      }
    }
  }
  "/v1/webhook_event_types": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: string[]
            }
          }
        }
      }
    }
  }
  "/v1/notices": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Notices"]
          }
        }
      }
    }
    post: {
      requestBody?: {
        content: {
          "application/json": {
            credits_low?: number | null
            grant_expiring_s?: number | null
            daily_grant_expiring_s?: number | null
          }
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Notices"]
          }
        }
      }
    }
  }
  "/v1/models": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Model"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
  }
  "/v1/models/{model}": {
    get: {
      parameters: {
        path: {
          model: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Model"]
          }
        }
      }
    }
  }
  "/v1/routes": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["Route"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
  }
  "/v1/rate_cards": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": {
              object: "list"
              data: components["schemas"]["RateCard"][]
              first_id: string | null
              last_id: string | null
              has_more: boolean
            }
          }
        }
      }
    }
  }
  "/v1/rate_cards/{id}": {
    get: {
      parameters: {
        path: {
          id: string
        }
      }
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["RateCard"]
          }
        }
      }
    }
  }
  "/healthz": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": {
              status: "ok"
            }
          }
        }
      }
    }
  }
  "/readyz": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": {
              status: "ok"
            }
          }
        }
      }
    }
  }
  "/metrics": {
    get: {
      responses: {
        200: {
        }
      }
    }
  }
  "/openapi.json": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": unknown
          }
        }
      }
    }
  }
  "/config.schema.json": {
    get: {
      responses: {
        200: {
        }
      }
    }
  }
}
export interface webhooks {
  "video.completed": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            id: string
            object: "event"
            created_at: number
            type: "video.completed"
            data: {
              id: string
            }
          }
        }
      }
      responses: {
        "2XX": {
        }
      }
    }
  }
  "video.failed": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            id: string
            object: "event"
            created_at: number
            type: "video.failed"
            data: {
              id: string
            }
          }
        }
      }
      responses: {
        "2XX": {
        }
      }
    }
  }
  "video.progress": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            id: string
            object: "event"
            created_at: number
            type: "video.progress"
            data: {
              id: string
              progress: number
            }
          }
        }
      }
      responses: {
        "2XX": {
        }
      }
    }
  }
  "credits.low": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            id: string
            object: "event"
            created_at: number
            type: "credits.low"
            data: {
              id: string
              available: number
              threshold: number
            }
          }
        }
      }
      responses: {
        "2XX": {
        }
      }
    }
  }
  "grant.expiring": {
    post: {
      requestBody: {
        content: {
          "application/json": {
            id: string
            object: "event"
            created_at: number
            type: "grant.expiring"
            data: {
              id: string
              kind: "daily" | "subscription" | "pack" | "promo" | "adjustment"
              remaining: number
              expires_at: number
            }
          }
        }
      }
      responses: {
        "2XX": {
        }
      }
    }
  }
}
export interface components {
  schemas: {
    AdviceLine: {
      kind: "plan" | "pack" | "per_call" | "per_second" | "relaxed"
      name: string
      card: string
      clips: number
      quantity: number
      unit: "month" | "pack" | "clip" | "second"
      rate_usd: string
      usd: string
      credits?: number
      message?: string
    }
    AdviceMix: {
      name: string
      usd: string
      usd_per_clip: string | null
      lines: components["schemas"]["AdviceLine"][]
      difference_usd: string
    }
    Allowance: {
      object: "allowance"
      policy: {
        from: string
        credits: number
      }[]
      plan_policy: {
        from: string
        credits: number
      }[]
      priority: number
      time_zone: string
    }
    Attempt: {
      object: "attempt"
      id: string
      video: string
      customer: string
      model: string
      no: number
      route: string
      provider: string
      state: "parked" | "planned" | "submitting" | "submit_unknown" | "running" | "fetching" | "checking" | "done" | "rejected" | "throttled" | "absent" | "unsent" | "failed" | "cancelled" | "expired"
      created_at: number
      send_before: number | null
      started_at: number | null
      ended_at: number | null
      provider_ref: string | null
      provider_ref_from: ("answer" | "find" | "operator") | null
      cost: {
        usd: string
        source: "reported" | "estimated" | "billed"
      } | null
      loss: string | null
      error: {
        code: string
        message: string
      } | null
      unknown_s: number | null
      verdicts: ("not_delivered" | "failed" | "adopt")[]
      absent_believed_at: number | null
      resolutions: {
        at: number
        operator_key: string
        verdict: "not_delivered" | "failed" | "adopt"
        provider_ref: string | null
        reason: string
      }[]
    }
    Audit: {
      ok: boolean
      through: number
      checks: {
        name: string
        ok: boolean
        detail: string
      }[]
    }
    Balance: {
      object: "balance"
      available: number
      held: number
      spent: number
      owed: number
      expiring: {
        credits: number
        expires_at: number
      }[]
      grants: components["schemas"]["OpenGrant"][]
      next_reset?: number
      pending?: {
        payment: string
        name: string
        credits: number
        created_at: number
      }[]
    }
    Batch: {
      id: string
      object: "batch"
      endpoint: "/v1/videos"
      status: "validating" | "failed" | "in_progress" | "finalizing" | "completed" | "expired" | "cancelling" | "cancelled"
      input_file_id: string
      completion_window: string
      created_at: number
      in_progress_at?: number
      expires_at?: number
      finalizing_at?: number
      cancelling_at?: number
      completed_at?: number
      failed_at?: number
      expired_at?: number
      cancelled_at?: number
      output_file_id?: string
      error_file_id?: string
      errors?: {
        object: "list"
        data: {
          line: number
          param: string | null
          code: string
          message: string
        }[]
      }
      request_counts: {
        total: number
        completed: number
        failed: number
      }
      metadata: {
        [key: string]: string
      }
      filmgate: {
        name: string | null
        state: "ready" | "running" | "paused" | "cancelling" | "ended"
        paused_reason: ("asked" | "cap" | "insufficient_credits" | "budget") | null
        price_credits: number
        worst_credits: number
        price_usd: string
        max_credits: number | null
        held: number
        charged: number
        remaining_credits: number
        counts: {
          waiting: number
          open: number
          completed: number
          failed: number
          cancelled: number
        }
        concurrency: number
        delay_s: number
        on_insufficient: "pause" | "fail"
        eta: {
          low_s: number
          high_s: number
        }
        results_url: string
      }
    }
    BatchCheck: {
      object: "batch_check"
      total: number
      price_credits: number
      worst_credits: number
      price_usd: string
      max_credits: number | null
      eta: {
        low_s: number
        high_s: number
      }
      kinds: {
        model: string
        seconds: string
        size: string
        count: number
        credits: number
        usd: string
      }[]
    }
    BatchItem: {
      object: "batch.item"
      id: string
      index: number
      custom_id: string
      state: "waiting" | "open" | "completed" | "failed" | "cancelled"
      priority: number
      credits: number
      charged: number
      video: string | null
      error: {
        code: string
        message: string
      } | null
      started_at: number | null
      ended_at: number | null
    }
    Bill: {
      object: "bill"
      id: string
      provider: string
      from: number
      to: number
      imported_at: number
      adopted_at: number | null
      billed_usd: string
      rounding_usd: string
      totals: {
        verdict: "matched" | "different" | "missing" | "unexpected" | "other"
        count: number
        billed_usd: string
        ours_usd: string
      }[]
    }
    BillItem: {
      object: "bill_item"
      id: string
      verdict: "matched" | "different" | "missing" | "unexpected" | "other"
      line: number | null
      lines: number
      description: string
      provider_ref: string | null
      billed_usd: string | null
      attempt: string | null
      video: string | null
      state: string | null
      ours: {
        usd: string
        source: "reported" | "estimated" | "billed"
      } | null
    }
    Character: {
      id: string
      name: string
      created_at: number
    }
    ChatCompletion: {
      id: string
      object: "chat.completion"
      created: number
      model: string
      choices: {
        index: number
        message: {
          role: "assistant"
          content: string
          refusal: null
        }
        logprobs: null
        finish_reason: "stop" | "length"
      }[]
      usage: {
        prompt_tokens: number
        completion_tokens: number
        total_tokens: number
      }
      video: string
      filmgate: {
        operation: "create" | "remix" | "edit" | "extend"
        source_video: string | null
        credits: {
          quoted: number
          held: number
          captured: number
          released: number
        }
        lane: "standard" | "relaxed"
        route: string
        provider: string
        attempts: number
        eta: {
          low_s: number
          high_s: number
        }
        stage: "waiting_to_start" | "submitting" | "submit_unknown" | "rendering" | "fetching" | "checking" | "waiting_for_provider" | "cancelling" | "parked" | "done"
        receipt_url: string
        promotion?: {
          draft: string
          drafts: string[]
          drafts_made: number
          drafting_credits: number
          at_final_price_credits: number
          saved_credits: number
          saved_percent: string | null
        }
        batch?: {
          id: string
          custom_id: string
        }
        demo?: true
      }
    }
    ComparedRow: {
      id: string
      kind: "route" | "rate_card" | "competitor_plan" | "plan" | "pack"
      name: string
      model: string
      other_model?: true
      sold: boolean
      cheapest: boolean
      usd: components["schemas"]["ComparedUsd"] | null
      credits: number | null
      their_credits?: string
      price_usd?: string
      holds?: {
        clips: number
        per: "month" | "pack" | "once"
      }
      month?: {
        usd: string | null
        holds: boolean
      }
      eta?: {
        low_s: number
        high_s: number
      }
      mapping?: {
        seconds: number
        size: string
        trimmed: boolean
        scaled: boolean
      }
      demo?: true
      reason?: string
      message?: string
      nearest?: {
        seconds: number
        usd: components["schemas"]["ComparedUsd"]
      }[]
      source: {
        name: string
        url?: string
        read_on: string | null
        effective_on: string
        card: {
          id: string
          version: number
        } | null
      } | null
      note?: string
    }
    ComparedUsd: {
      per_clip: string
      per_second: string
      per_minute: string
      rounded?: ("per_clip" | "per_second" | "per_minute")[]
    }
    Comparison: {
      object: "comparison"
      model: string
      seconds: number
      size: string
      complexity: "standard" | "complex" | "very_complex"
      clips_per_month: number | null
      rows: components["schemas"]["ComparedRow"][]
    }
    Customer: {
      object: "customer"
      id: string
      name: string
      time_zone: string
      rate_card: string | null
      limits: {
        creates_per_minute: number | null
        open_videos: number | null
        reads_per_minute: number | null
      } | null
      tier: string | null
      guardrails: {
        models: string[] | null
        seconds: number[] | null
        sizes: string[] | null
        price_floor: {
          credits: number | null
          percent_of_cost: number | null
        } | null
        default_model: string | null
        default_size: string | null
      } | null
      metadata: {
        [key: string]: string
      }
      created_at: number
    }
    EstimateLine: {
      kind: "draft" | "final" | "remix" | "extension" | "retry"
      label: string
      quantity: number
      rate_usd: string
      usd: string
      credits: number
      unit: "clip"
      worst: {
        quantity: number
        rate_usd: string
        usd: string
        credits: number
      }
    }
    File: {
      id: string
      object: "file"
      bytes: number
      created_at: number
      filename: string
      purpose: "batch" | "batch_output"
      status: "processed"
    }
    Grant: {
      object: "grant"
      id: string
      kind: "daily" | "subscription" | "pack" | "promo" | "adjustment"
      credits: number
      remaining: number
      held: number
      expires_at: number | null
      priority: number
      models: string[] | null
      reason: string | null
      created_at: number
    }
    Hold: {
      object: "hold"
      id: string
      status: "held" | "captured" | "released" | "expired"
      credits: number
      captured: number
      released: number
      refunded: number
      description: string | null
      created_at: number
      expires_at: number | null
    }
    Key: {
      object: "key"
      id: string
      name: string
      prefix: string
      last_four: string
      budget: {
        day: number | null
        month: number | null
        total: number | null
      } | null
      created_at: number
      revoked_at: number | null
    }
    LedgerEntry: {
      object: "ledger_entry"
      id: string
      at: number
      kind: "grant" | "hold" | "capture" | "release" | "expire" | "refund" | "adjustment" | "reversal" | "reinstatement" | "write_off" | "repayment"
      credits: number
      available_after: number
      video?: string
      hold?: string
      usage?: string
      grants?: {
        id: string
        credits: number
      }[]
      reason?: string
    }
    Limits: {
      object: "limits"
      tier: {
        id: string | null
        name: string | null
        topped_up_usd: string | null
        next: {
          id: string
          from_usd: string
          missing_usd: string
        } | null
      } | null
      pools: {
        name: string
        models: string[] | null
        creates_per_minute: number | null
        open_videos: number | null
        made_last_minute: number
        open: number
      }[]
      reads_per_minute: number | null
      budgets: {
        budget: "day" | "month" | "total"
        limit: number
        used: number
        remaining: number
        resets_at: number | null
      }[]
      guardrails: {
        models: string[] | null
        seconds: number[] | null
        sizes: string[] | null
        default_model: string | null
        default_size: string | null
      } | null
    }
    Margin: {
      object: "margin"
      by: "model" | "route" | "provider" | "customer" | "day"
      from: number | null
      to: number | null
      data: {
        charged: {
          credits: number
          usd: string
        }
        revenue: {
          usd: string
        }
        breakage: {
          usd: string
        }
        reversed: {
          usd: string
        }
        provider_cost: {
          usd: string
          estimated_usd: string
        }
        royalties: {
          usd: string
        }
        losses: {
          usd: string
        }
        margin: {
          usd: string
        }
        result: {
          usd: string
        }
        key: string | null
      }[]
      total: {
        charged: {
          credits: number
          usd: string
        }
        revenue: {
          usd: string
        }
        breakage: {
          usd: string
        }
        reversed: {
          usd: string
        }
        provider_cost: {
          usd: string
          estimated_usd: string
        }
        royalties: {
          usd: string
        }
        losses: {
          usd: string
        }
        margin: {
          usd: string
        }
        result: {
          usd: string
        }
      }
    }
    Model: {
      id: string
      object: "model"
      created: number
      owned_by: string
      filmgate: {
        durations: number[]
        sizes: string[]
        prices: {
          size: string
          durations: number[]
          unit: "second" | "video"
          usd: string
          credits: string
          complexity?: "standard" | "complex" | "very_complex"
        }[]
        demo?: true
      }
    }
    NewKey: {
      object: "key"
      id: string
      name: string
      prefix: string
      last_four: string
      budget: {
        day: number | null
        month: number | null
        total: number | null
      } | null
      created_at: number
      revoked_at: number | null
      key: string
    }
    Notices: {
      object: "notices"
      credits_low: number | null
      grant_expiring_s: number | null
      daily_grant_expiring_s: number | null
    }
    OpenGrant: {
      object: "grant"
      id: string | null
      kind: "daily" | "subscription" | "pack" | "promo" | "adjustment"
      credits: number
      remaining: number
      held: number
      expires_at: number | null
      priority: number
      models: string[] | null
      reason: string | null
      created_at: number
    }
    Pack: {
      object: "pack"
      id: string
      name: string
      usd: string
      credits: number
      months: number
      since: string
      source: string
    }
    Payment: {
      object: "payment"
      id: string
      customer: string
      status: "pending" | "paid" | "failed"
      pays: {
        kind: "month" | "upgrade" | "pack"
        id: string
        name: string
      }
      usd: string
      reference: string | null
      subscription: string | null
      month: number | null
      grant: string | null
      created_at: number
      settled_at: number | null
    }
    Plan: {
      object: "plan"
      id: string
      name: string
      usd: string
      credits: number
      rollover_max: number
      models: string[] | null
      longest_s: number | null
      largest_size: string | null
      clips_a_day: {
        from: string
        clips: number
      }[] | null
      credits_a_day: {
        from: string
        credits: number
      }[] | null
      grace_days: number | null
      relaxed: boolean
      relaxed_with_credits: boolean
      watermark: boolean
      since: string
      source: string
    }
    PlanAdvice: {
      object: "plan_advice"
      asked: {
        clips: {
          clips_per_month: number
          seconds: number
          size: string
          model: string
          longest_seconds: number | null
        }[]
        needs: {
          no_watermark: boolean
          api: boolean
          pay_as_you_go: boolean
          relaxed: boolean
        }
        plans: string[] | null
        packs: string[] | null
        rate_cards: string[] | null
        credits_card: string
      }
      clips_per_month: number
      feasible: boolean
      cheapest: components["schemas"]["AdviceMix"] | null
      alternatives: components["schemas"]["AdviceMix"][]
      proven: boolean
      break_even: {
        from_clips: number
        to_clips: number | null
        mix: string
        usd_at_from: string | null
      }[]
      break_even_exact_to: number | null
      curve: {
        clips: number
        usd: string
        mix: string
      }[]
      curves: {
        name: string
        points: {
          clips: number
          usd: string | null
        }[]
      }[]
      rule_of_thumb: {
        says: string
        name: string
        usd: string | null
        feasible: boolean
        holds_clips: number | null
        with_the_rest_usd: string | null
        difference_usd: string | null
        message: string
      }
      refused: {
        name: string
        constraint: string
        clips: number | null
        message: string
      }[]
      loosen?: {
        need: string
        message: string
        usd: string | null
      }[]
      cards: {
        id: string
        name: string
        effective_on: string
        source: string
        url?: string
      }[]
    }
    ProjectEstimate: {
      object: "project_estimate"
      name: string | null
      rate_card: {
        id: string
        version: number
        effective_on: string
        source: {
          name: string
          url?: string
          read_on: string
        }
      }
      expected: {
        usd: string
        credits: number
      }
      worst: {
        usd: string
        credits: number
      }
      clips: number
      shots: {
        index: number
        name: string | null
        count: number
        usd: string
        credits: number
        worst: {
          usd: string
          credits: number
        }
        lines: components["schemas"]["EstimateLine"][]
        flags: {
          code: "unsupported_duration"
          param: string
          asked_seconds: number
          message: string
          nearest: {
            seconds: number
            usd: string
            credits: number
          }[]
        }[]
      }[]
      lines: {
        kind: "draft" | "final" | "remix" | "extension" | "retry"
        label: string
        quantity: number
        unit: "clip"
        usd: string
        credits: number
        worst: {
          quantity: number
          usd: string
          credits: number
        }
      }[]
      saving?: {
        usd: string
        percent: string
        drafts: number
        drafts_usd: string
        at_final_usd: string
        message: string
      }
      as_asked?: {
        usd: string
        worst_usd: string
        message: string
        economics?: components["schemas"]["UnitEconomics"]
      }
      economics?: components["schemas"]["UnitEconomics"]
    }
    PromptCheck: {
      object: "prompt_check"
      prompt: string
      language: "english" | "unknown"
      parts: {
        part: "subject" | "action" | "place" | "light" | "camera" | "length"
        found: boolean
        text?: string
        suggestion?: string
      }[]
      score: number | null
      suggestions: string[]
      message: string
    }
    Quote: {
      object: "quote"
      id: string | null
      model: string
      credits: number
      usd: string
      expires_at: number | null
      rate_card: {
        id: string
        version: number
      }
      lines: {
        label: string
        quantity: string
        unit: string
        rate: string
        credits: string
      }[]
      lane: "standard" | "relaxed"
      route: string | null
      eta: {
        low_s: number
        high_s: number
      }
      candidates: {
        route: string
        provider: string
        model: string
        credits: number | null
        eta: {
          low_s: number
          high_s: number
        }
        mapping?: {
          seconds: number
          size: string
          trimmed: boolean
          scaled: boolean
        }
        rejected?: string
        message?: string
      }[]
      mapping?: {
        seconds: number
        size: string
        trimmed: boolean
        scaled: boolean
      }
      comparison?: true
      demo?: true
    }
    RateCard: {
      object: "rate_card"
      id: string
      kind: "rates" | "plans"
      version: number
      title: string
      effective_on: string
      currency: "usd" | "credits"
      source: {
        name: string
        url?: string
        read_on: string
      }
    } & {
      [key: string]: unknown
    }
    Receipt: {
      object: "receipt"
      video: string
      quote: string
      quoted: number
      rate_card: {
        id: string
        version: number
      }
      lines: {
        label: string
        quantity: string
        unit: string
        rate: string
        credits: string
      }[]
      grants: {
        id: string
        kind: string
        credits: number
      }[]
      lane: "standard" | "relaxed"
      route: string
      why: string
      attempts: {
        route: string
        provider: string
        state: string
        started_at: number | null
        ended_at: number | null
        error?: {
          code: string
          message: string
        }
      }[]
      held: number
      charged: number
      released: number
      refunds: {
        id: string
        at: number
        credits: number
        reason: string | null
      }[]
      parked?: {
        at: number
        until: number | null
      }
      demo?: true
    }
    Retries: {
      object: "retries"
      by: "model" | "customer" | "route" | "provider"
      from: number | null
      to: number | null
      data: {
        key: string
        videos: number
        attempts: number
        retried: number
        failed: number
        retry_percent: number
        alert: boolean
        cost_usd: string
        retry_cost_usd: string
      }[]
    }
    Reversal: {
      object: "reversal"
      id: string
      grant: string
      kind: "refund" | "chargeback"
      credits: number
      status: "standing" | "reinstated"
      reason: string | null
      created_at: number
      reinstated_at: number | null
      claim: {
        credits: number
        taken: number
        awaited: number
        owed: number
        written_off: number
      }
    }
    Route: {
      object: "route"
      id: string
      name: string
      provider: string
      model: string
      provider_model: string
      regions: string[]
      availability: {
        state: "active" | "ending" | "ended"
        on?: string
        replacement?: string | null
      }
      facts: {
        output_lifetime_s: number | null
        bills: ("moderation_blocked" | "provider_rejected" | "provider_failed" | "cancelled")[]
        lost_submit: "repeatable" | "looked_up" | "listed" | "called_back" | "never"
        data_handling: string | null
        source: {
          name: string
          url?: string
          read_on: string
        }
      } | null
      durations: number[]
      sizes: string[]
      prices: {
        size: string
        durations: number[]
        unit: "second" | "video"
        usd: string
        credits: string
        complexity?: "standard" | "complex" | "very_complex"
      }[]
      rate_card: {
        id: string
        version: number
        effective_on: string
        source: {
          name: string
          url?: string
          read_on: string
        }
      } | null
      latency: {
        seconds: number
        size: string
        samples: number
        low_s: number
        high_s: number
        queue_s: number | null
        render_s: number | null
        fetch_s: number | null
      }[]
      success_percent: number | null
      demo?: true
      breaker?: {
        state: "closed" | "open" | "half_open"
        of: string
        cause: "unreachable" | "key" | "balance" | "model"
        failures: number
        since: number | null
        retry_at: number | null
      } | null
    }
    Statement: {
      object: "statement"
      customer: string
      period: string
      time_zone: string
      from: number
      to: number
      opening: number
      closing: number
      charged: number
      totals: {
        kind: "grant" | "hold" | "capture" | "release" | "expire" | "refund" | "adjustment" | "reversal" | "reinstatement" | "write_off" | "repayment"
        entries: number
        amount: number
        credits: number
      }[]
      lines: {
        object: "list"
        data: components["schemas"]["StatementLine"][]
        first_id: string | null
        last_id: string | null
        has_more: boolean
      }
    }
    StatementLine: {
      object: "statement_line"
      id: string
      at: number
      ended_at: number
      kind: "video" | "service" | "grant" | "hold" | "capture" | "release" | "expire" | "refund" | "adjustment" | "reversal" | "reinstatement" | "write_off" | "repayment"
      video: string | null
      hold: string | null
      given: number
      held: number
      charged: number
      returned: number
      refunded: number
      expired: number
      credits: number
      reason: string | null
    }
    Storyboard: {
      id: string
      object: "storyboard"
      name: string | null
      created_at: number
      shots: {
        index: number
        name: string | null
        order: {
          model: string
          prompt: string
          seconds: string
          size: string
        } & {
          [key: string]: unknown
        }
        check: {
          language: "english" | "unknown"
          parts: {
            part: "subject" | "action" | "place" | "light" | "camera" | "length"
            found: boolean
            text?: string
            suggestion?: string
          }[]
          score: number | null
          suggestions: string[]
          message: string
        }
        credits: number | null
        usd: string | null
        problem?: {
          code: string
          message: string
          param: string | null
        }
        preview_video: string | null
        preview: components["schemas"]["StoryboardTake"] | null
        drafts: components["schemas"]["StoryboardTake"][]
        video: string | null
        final: components["schemas"]["StoryboardTake"] | null
        batch: string | null
        made: boolean
      }[]
      credits: number | null
      usd: string | null
      previews: {
        made: number
        open: number
        failed: number
        missing: number
      }
    }
    StoryboardSummary: {
      id: string
      object: "storyboard"
      name: string | null
      created_at: number
      shot_count: number
    }
    StoryboardTake: {
      video: string
      status: "queued" | "in_progress" | "completed" | "failed"
    }
    Subscription: {
      object: "subscription"
      id: string
      status: "active" | "cancelling" | "past_due" | "ended"
      plan: components["schemas"]["Plan"]
      started_at: number
      paid_until: number | null
      ends_at: number | null
      next: {
        plan: components["schemas"]["Plan"]
        from: number
      } | null
    }
    Tier: {
      object: "tier"
      id: string
      name: string
      from_usd: string
      pools: {
        name: string
        models: string[] | null
        creates_per_minute: number | null
        open_videos: number | null
      }[]
      reads_per_minute: number | null
      since: string
      source: string
    }
    UnitEconomics: {
      price_usd: string
      cost_usd: string
      worst_cost_usd: string
      margin_usd: string
      margin_percent: string | null
      break_even_usd: string
      worst_break_even_usd: string
      break_even_clips: number | null
      overhead_usd: string
      clips_per_month: number | null
      monthly_cost_usd: string | null
      monthly_revenue_usd: string | null
      monthly_margin_usd: string | null
      message: string
      curve: {
        clips: number
        cost_usd: string
        revenue_usd: string
      }[]
    }
    Usage: {
      object: "usage"
      id: string
      credits: number
      refunded: number
      description: string | null
      metadata: {
        [key: string]: string
      }
      created_at: number
    }
    Video: {
      id: string
      object: "video"
      model: string
      status: "queued" | "in_progress" | "completed" | "failed"
      progress: number
      created_at: number
      completed_at: number | null
      expires_at: number | null
      prompt: string | null
      size: string
      seconds: string
      remixed_from_video_id: string | null
      error: {
        code: string
        message: string
      } | null
      metadata: {
        [key: string]: string
      }
      filmgate: {
        operation: "create" | "remix" | "edit" | "extend"
        source_video: string | null
        credits: {
          quoted: number
          held: number
          captured: number
          released: number
        }
        lane: "standard" | "relaxed"
        route: string
        provider: string
        attempts: number
        eta: {
          low_s: number
          high_s: number
        }
        stage: "waiting_to_start" | "submitting" | "submit_unknown" | "rendering" | "fetching" | "checking" | "waiting_for_provider" | "cancelling" | "parked" | "done"
        receipt_url: string
        promotion?: {
          draft: string
          drafts: string[]
          drafts_made: number
          drafting_credits: number
          at_final_price_credits: number
          saved_credits: number
          saved_percent: string | null
        }
        batch?: {
          id: string
          custom_id: string
        }
        demo?: true
      }
    }
    WebhookDelivery: {
      object: "webhook_delivery"
      id: string
      webhook_endpoint_id: string
      event: {
        id: string
        type: string
        data: {
          id: string
        }
      }
      state: "waiting" | "delivered" | "failed"
      created_at: number
      ended_at: number | null
      next_try_at: number | null
      last_status_code: number | null
      last_error: string | null
      tries: number
      log: {
        at: number
        took_ms: number
        status_code: number | null
        error: string | null
      }[]
    }
    WebhookEndpoint: {
      object: "webhook_endpoint"
      id: string
      name: string
      url: string
      event_types: string[]
      created_at: number
      updated_at: number
      signing_secret_hint: string
      status: "enabled" | "failing" | "disabled"
      disabled_at: number | null
      disabled_reason: string | null
      failing_since: number | null
    }
    WebhookEndpointWithSecret: {
      object: "webhook_endpoint"
      id: string
      name: string
      url: string
      event_types: string[]
      created_at: number
      updated_at: number
      signing_secret_hint: string
      status: "enabled" | "failing" | "disabled"
      disabled_at: number | null
      disabled_reason: string | null
      failing_since: number | null
      signing_secret: string
    }
    Error: {
      error: {
        message: string
        type: "invalid_request_error" | "authentication_error" | "permission_error" | "insufficient_credits" | "not_found_error" | "conflict_error" | "server_error" | "rate_limit_error"
        param: string | null
        code: "invalid_value" | "missing_required_parameter" | "unknown_model" | "unsupported_duration" | "unsupported_size" | "video_not_ready" | "customer_required" | "invalid_api_key" | "operator_key_required" | "not_in_plan" | "not_in_tier" | "outside_guardrails" | "insufficient_credits" | "price_above_limit" | "budget_exceeded" | "not_found" | "method_not_allowed" | "content_expired" | "idempotency_conflict" | "quote_expired" | "quote_mismatch" | "quote_used" | "hold_finished" | "too_early" | "already_claimed" | "batch_ended" | "subscription_conflict" | "attempt_not_unknown" | "payload_too_large" | "range_not_satisfiable" | "unsupported_media_type" | "moderation_blocked" | "video_failed" | "rate_limit_exceeded" | "too_many_open_videos" | "internal_error" | "overloaded" | "no_route_available" | "starting"
        needed?: number
        rows?: {
          line: number
          custom_id: string | null
          param: string | null
          code: string
          message: string
        }[]
        rows_wrong?: number
        available?: number
        offers?: {
          kind: "wait" | "cheaper" | "pack" | "plan"
          available_at?: number
          credits?: number
          request?: Record<string, unknown>
          pack?: string
          plan?: string
          usd?: string
        }[]
      }
    }
  }
}

/** The paths whose POST does one thing once, however often it is sent with one `Idempotency-Key`. */
export const KEYED_PATHS = [
  '/v1/videos',
  '/v1/videos/edits',
  '/v1/videos/extensions',
  '/v1/videos/characters',
  '/v1/videos/{video_id}/remix',
  '/v1/videos/{video_id}/promote',
  '/v1/videos/{video_id}/refund',
  '/v1/batches',
  '/v1/storyboards',
  '/v1/storyboards/{storyboard_id}/shots/{index}/make',
  '/v1/chat/completions',
  '/v1/customers',
  '/v1/customers/{id}/keys',
  '/v1/customers/{id}/grants',
  '/v1/customers/{id}/reversals',
  '/v1/customers/{id}/reversals/{reversal_id}/reinstate',
  '/v1/customers/{id}/owed',
  '/v1/customers/{id}/packs',
  '/v1/customers/{id}/subscription',
  '/v1/customers/{id}/subscription/renew',
  '/v1/customers/{id}/subscription/change',
  '/v1/customers/{id}/payments',
  '/v1/attempts/{id}/resolve',
  '/v1/holds',
  '/v1/holds/{id}/capture',
  '/v1/holds/{id}/release',
  '/v1/holds/{id}/refund',
  '/v1/usage',
  '/v1/usage/{id}/refund',
  '/v1/webhook_endpoints',
  '/v1/webhook_endpoints/{id}/rotate_secret',
] as const

/** Every code that an answer of this version may carry. */
export const PROBLEM_CODES = [
  'invalid_value',
  'missing_required_parameter',
  'unknown_model',
  'unsupported_duration',
  'unsupported_size',
  'video_not_ready',
  'customer_required',
  'invalid_api_key',
  'operator_key_required',
  'not_in_plan',
  'not_in_tier',
  'outside_guardrails',
  'insufficient_credits',
  'price_above_limit',
  'budget_exceeded',
  'not_found',
  'method_not_allowed',
  'content_expired',
  'idempotency_conflict',
  'quote_expired',
  'quote_mismatch',
  'quote_used',
  'hold_finished',
  'too_early',
  'already_claimed',
  'batch_ended',
  'subscription_conflict',
  'attempt_not_unknown',
  'payload_too_large',
  'range_not_satisfiable',
  'unsupported_media_type',
  'moderation_blocked',
  'video_failed',
  'rate_limit_exceeded',
  'too_many_open_videos',
  'internal_error',
  'overloaded',
  'no_route_available',
  'starting',
] as const
